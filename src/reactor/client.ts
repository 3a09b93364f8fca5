// The main thread's side of the reactor: a promise for each attempt, a few messages a burst, a wake for each at the most.
// Whatever becomes of the worker, each attempt gets exactly one result; a worker that is lost is followed by another.
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import type { AttemptResult, Ending, Endpoint, ReactorLimits, StartOptions } from './protocol.ts';
import { Leavers } from './leavers.ts';
import { Pulse } from './pulse.ts';
import { CommandWriter } from './wire/commands.ts';
import { readResults } from './wire/results.ts';
import { WorkerThread } from './worker-thread.ts';

/** A worker that has lasted this long has earned its restarts back. */
const STEADY_MS = 60_000;
const MOST_RESTARTS = 5;
const FIRST_BACKOFF_MS = 50;
/** Unanswered for so long, a call for a sign of life makes the process not ready, then not live. */
const STALE_MS = 2000;
const DEAD_MS = 10_000;
/** How long the answers to cancels may take when the client closes. */
const CANCEL_MS = 1000;
/** So many attempts do not wait for the end of the turn when the worker has nothing else to start. */
const AT_ONCE = 8;

export interface ClientOptions {
  readonly maxInFlight: number;
  /** Connects a second; 0, or none, for any number. */
  readonly connectRate?: number;
  /** Told of a worker that was lost. */
  readonly warn?: (message: string) => void;
}

export interface AttemptOptions extends StartOptions {
  /** Aborted: the attempt is cancelled. */
  readonly signal?: AbortSignal;
}

/** starting: a worker is on its way. ready: it turns. closing: what is in flight may end. closed, failed: nothing more. */
type ClientState = 'starting' | 'ready' | 'closing' | 'closed' | 'failed';

interface InFlight {
  readonly settle: (result: AttemptResult) => void;
  readonly signal: AbortSignal | undefined;
}

export class ReactorClient {
  readonly #limits: ReactorLimits;
  readonly #warn: (message: string) => void;
  #state: ClientState = 'starting';
  #worker: WorkerThread | null = null;
  /** By slot. */
  readonly #entries: (InFlight | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #outstanding = 0;
  readonly #commands = new CommandWriter();
  #flushing = false;
  readonly #leavers = new Leavers((slot) => this.#cancel(slot));
  #restarts = 0;
  #startedAt = 0;
  #pulse: Pulse | null = null;
  #drained: (() => void) | null = null;
  /** Settles when no worker is on its way; never rejects. */
  #spawning: Promise<void> = Promise.resolve();
  #closed: Promise<void> | null = null;

  private constructor({ maxInFlight, connectRate = 0, warn = () => undefined }: ClientOptions) {
    this.#limits = { maxInFlight, connectRate };
    this.#warn = warn;
  }

  /**
   * Starts the worker. At most `maxInFlight` attempts are connecting at a time; the rest wait inside. Rejects when the
   * worker cannot start on this machine.
   */
  static async start(options: ClientOptions): Promise<ReactorClient> {
    const client = new ReactorClient(options);
    await client.#spawn();
    return client;
  }

  /** Attempts that have no result yet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Attempts that are connecting, as the worker last said. */
  get inFlight(): number {
    return this.#worker?.inFlight ?? 0;
  }

  /** One connect(2), as soon as there is a place for it. Never rejects. */
  attempt(endpoint: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
    const { signal } = options;
    if (signal?.aborted === true || this.#state === 'closing') return Promise.resolve(unasked('cancelled'));
    if (this.#state !== 'ready') return Promise.resolve(unasked('lost'));
    return new Promise((settle) => {
      const slot = this.#freeSlots.pop() ?? this.#entries.length;
      this.#commands.start(slot, monotonicMs(), endpoint, options);
      this.#entries[slot] = { settle, signal };
      this.#outstanding++;
      if (signal !== undefined) this.#leavers.add(signal, slot);
      // Of thirty requests that arrive together the worker would else sleep while all are read, and this thread while
      // all are made.
      if (this.#commands.count >= AT_ONCE && this.#worker?.queued === 0) this.#flush();
      else this.#scheduleFlush();
    });
  }

  /** Whether the worker turns: `ready`, it would answer now; `live`, it may still do so. */
  health(): { live: boolean; ready: boolean; detail: string } {
    if (this.#state === 'failed') return { live: false, ready: false, detail: 'the reactor was lost for good' };
    if (this.#state !== 'ready') return { live: true, ready: false, detail: `reactor ${this.#state}` };
    const silentMs = this.#pulse?.silentMs() ?? 0;
    const detail = silentMs < STALE_MS ? 'reactor turning' : `reactor silent for ${Math.round(silentMs)} ms`;
    return { live: silentMs < DEAD_MS, ready: silentMs < STALE_MS, detail };
  }

  /** Lets what is in flight end within `graceMs`, cancels the rest, and stops the worker. */
  close(graceMs: number): Promise<void> {
    return (this.#closed ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<void> {
    const worker = this.#worker;
    this.#state = 'closing';
    if (!(await this.#drain(graceMs))) {
      this.#entries.forEach((entry, slot) => entry && this.#cancel(slot));
      await this.#drain(CANCEL_MS);
    }
    this.destroy();
    await this.#spawning; // A process that ends while a worker loads koffi is aborted.
    await worker?.exited;
  }

  /** Stops the worker now; what is in flight is cancelled. Synchronous: an 'exit' handler's only way to end the process. */
  destroy(): void {
    this.#state = 'closed';
    this.#worker?.stop();
    this.#settleAll('cancelled');
  }

  async #spawn(): Promise<void> {
    const spawning = WorkerThread.spawn(this.#limits, {
      ready: (worker) => this.#begin(worker),
      results: (batch) => readResults(batch, (slot, result) => this.#settle(slot, result)),
      gone: (reason) => this.#lost(reason),
    });
    this.#spawning = spawning.then(
      (worker) => (this.#worker === worker ? undefined : worker.exited),
      () => undefined,
    );
    await spawning;
  }

  #begin(worker: WorkerThread): void {
    if (this.#state !== 'starting') {
      worker.stop();
      return;
    }
    this.#worker = worker;
    this.#startedAt = monotonicMs();
    this.#pulse = new Pulse(worker);
    this.#state = 'ready';
  }

  /** Everything outstanding fails, once, for one reason; then another worker is started, each time after a longer wait. */
  #lost(reason: string): void {
    this.#worker = null;
    this.#commands.take();
    this.#settleAll('lost');
    if (this.#state !== 'ready') return;
    if (monotonicMs() - this.#startedAt > STEADY_MS) this.#restarts = 0;
    this.#warn(reason);
    this.#state = 'starting';
    void this.#restart();
  }

  async #restart(): Promise<void> {
    const wanted = (): boolean => this.#state === 'starting';
    while (wanted() && this.#restarts < MOST_RESTARTS) {
      await sleep(FIRST_BACKOFF_MS * 2 ** this.#restarts++);
      try {
        if (wanted()) await this.#spawn();
        return;
      } catch (error) {
        this.#warn(`the reactor did not start again: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (wanted()) this.#state = 'failed';
  }

  #settle(slot: number, result: AttemptResult): void {
    const entry = this.#entries[slot];
    if (entry === undefined) return;
    this.#entries[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#outstanding--;
    if (entry.signal !== undefined) this.#leavers.delete(entry.signal, slot);
    entry.settle(result);
    if (this.#outstanding === 0) this.#drained?.();
  }

  #settleAll(ending: Ending): void {
    const result = unasked(ending);
    for (let slot = 0; slot < this.#entries.length; slot++) this.#settle(slot, result);
  }

  #cancel(slot: number): void {
    this.#commands.cancel(slot);
    this.#scheduleFlush();
  }

  /**
   * What a turn of the event loop asks for goes in one message, with one wake, which costs more than the message: at the
   * end of the turn, or when the staging is full.
   */
  #scheduleFlush(): void {
    if (this.#commands.full) this.#flush();
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#commands.count > 0) this.#worker?.send(this.#commands.take());
  }

  /** Whether nothing is outstanding within `ms`. */
  async #drain(ms: number): Promise<boolean> {
    if (this.#outstanding === 0) return true;
    const drained = new Promise<true>((resolve) => (this.#drained = () => resolve(true)));
    const giveUp = new AbortController();
    const late = sleep(ms, false, { signal: giveUp.signal }).catch(() => false);
    const inTime = await Promise.race([drained, late]);
    giveUp.abort();
    return inTime;
  }
}

/** The result of an attempt that never reached the worker, or never came back from it. */
function unasked(ending: Ending): AttemptResult {
  return { ending, syscall: null, errno: 0, latencyMs: null, queuedMs: 0, tcp: null, icmp: null };
}
