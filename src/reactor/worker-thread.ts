// The reactor's worker as the main thread holds it: started, spoken to, stopped, and tidied up after, whatever became of
// it. A worker that is blocked in a foreign call hears neither terminate() nor process.exit(): the only way to end it is
// the stop flag in shared memory and a wake.
import { closeSync, writeSync } from 'node:fs';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SHARED, sharedSize } from './protocol.ts';
import type { READY, ReactorLimits, WorkerData } from './protocol.ts';
import { noteTaken } from './wire/unread.ts';
import { askForTurn } from './wire/wake.ts';

const NUDGES = 3;
const NUDGE_AGAIN_MS = 1;
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

export interface WorkerThreadEvents {
  /** It is in its loop. Told at once: it may be gone again before a promise is heard. */
  readonly ready: (worker: WorkerThread) => void;
  readonly results: (batch: ArrayBuffer) => void;
  /** Once, after the worker was ready: it is gone, and why. */
  readonly gone: (reason: string) => void;
}

export class WorkerThread {
  readonly #worker: Worker;
  readonly #shared: Int32Array;
  #ready = false;
  /** Settles once the worker is gone and what it left open is closed. */
  readonly exited: Promise<void>;

  private constructor(limits: ReactorLimits) {
    const memory = new SharedArrayBuffer(sharedSize(limits.maxInFlight));
    const workerData: WorkerData = { shared: memory, ...limits };
    const entry = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
    this.#shared = new Int32Array(memory);
    this.#worker = new Worker(entry, { workerData, name: 'reactor' });
    // A worker that is in its wait holds up the end of the process for ever, whichever way it comes, and it may be there
    // before its first message is heard.
    const stop = (): void => this.stop();
    process.once('exit', stop);
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        process.off('exit', stop);
        closeLeft(this.#shared);
        resolve();
      });
    });
  }

  /** Starts a worker and waits until it is in its loop. Rejects with what it died of, where it never gets there. */
  static async spawn(limits: ReactorLimits, events: WorkerThreadEvents): Promise<WorkerThread> {
    const thread = new WorkerThread(limits);
    const worker = thread.#worker;
    await new Promise<void>((resolve, reject) => {
      let failure = new Error('the reactor thread ended by itself');
      worker.on('error', (error) => (failure = error));
      worker.once('exit', () => {
        reject(failure);
        if (thread.#ready) events.gone(failure.message);
      });
      worker.on('message', (message: typeof READY | ArrayBuffer) => {
        if (message instanceof ArrayBuffer) return events.results(message);
        thread.#ready = true;
        events.ready(thread);
        resolve();
      });
    });
    return thread;
  }

  /** Turns that the loop has made; stands still while it has nothing to do. */
  get heartbeat(): number {
    return Atomics.load(this.#shared, SHARED.heartbeat);
  }

  get inFlight(): number {
    return Atomics.load(this.#shared, SHARED.inFlight);
  }

  /** Attempts that it has taken in and not started. */
  get queued(): number {
    return Atomics.load(this.#shared, SHARED.queued);
  }

  /** So many of its results have been taken in. */
  took(results: number): void {
    if (noteTaken(this.#shared, results)) this.wake();
  }

  /** The descriptor of a socket that the worker has handed over, which is now the caller's to close; -1 when it is gone. */
  takeSocket(row: number): number {
    return Atomics.exchange(this.#shared, SHARED.sockets + row, 0) - 1;
  }

  send(commands: ArrayBuffer): void {
    this.#worker.postMessage(commands, [commands]);
    this.wake();
  }

  /** -1 before the worker has one and after it is gone. */
  get #wakeFd(): number {
    return Atomics.load(this.#shared, SHARED.eventfd) - 1;
  }

  /** Makes the loop take a turn. */
  wake(): void {
    if (askForTurn(this.#shared)) this.#nudge();
  }

  /** Asks the loop to return, from anywhere, an 'exit' handler included. `exited` tells when it has. */
  stop(): void {
    Atomics.store(this.#shared, SHARED.stop, 1);
    Atomics.store(this.#shared, SHARED.wake, 1);
    this.#nudge();
  }

  /** A write that fails is made again, at once and then later: a wake that got lost would leave attempts unanswered. */
  #nudge(): void {
    for (let tries = 0; tries < NUDGES && this.#wakeFd >= 0; tries++) {
      try {
        writeSync(this.#wakeFd, ONE);
        return;
      } catch {
        continue;
      }
    }
    if (this.#wakeFd >= 0) setTimeout(() => this.#nudge(), NUDGE_AGAIN_MS);
  }
}

/** Closes what the worker had open when it ended. Descriptors belong to the process, not to the thread. */
function closeLeft(shared: Int32Array): void {
  for (let i = SHARED.descriptors; i < shared.length; i++) {
    const descriptor = Atomics.exchange(shared, i, 0) - 1;
    if (descriptor < 0) continue;
    try {
      closeSync(descriptor);
    } catch {
      continue; // It is gone whatever close(2) says, and the others still have to go.
    }
  }
}
