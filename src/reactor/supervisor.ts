// Which worker there is: the supervisor starts one, starts another when it is lost, each time after a longer wait, and
// tells whether it turns. It knows nothing of attempts: what a worker answers, and that one was lost, its owner is told.
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import type { ReactorLimits } from './protocol.ts';
import { Pulse } from './pulse.ts';
import { WorkerThread } from './worker-thread.ts';

/** A worker that has lasted this long has earned its restarts back. */
const STEADY_MS = 60_000;
const MAX_RESTARTS = 5;
const FIRST_BACKOFF_MS = 50;
/** A call for a sign of life that is unanswered for so long makes the process not ready, then not live. */
const STALE_MS = 2000;
const DEAD_MS = 10_000;

/** What the supervisor tells its owner. */
export interface SupervisorEvents {
  /** A batch of results of the worker that there is. */
  readonly results: (batch: ArrayBuffer) => void;
  /** The worker is gone, and with it everything that it was asked for. `worker` is null by then. */
  readonly lost: () => void;
  /** One line for the log: a worker was lost, or did not start again. */
  readonly warn: (message: string) => void;
}

export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  readonly detail: string;
}

/** starting: a worker is on its way. ready: there is one. retired: none follows the last. failed: no more are tried. */
type SupervisorState = 'starting' | 'ready' | 'retired' | 'failed';

export class Supervisor {
  readonly #limits: ReactorLimits;
  readonly #events: SupervisorEvents;
  #state: SupervisorState = 'starting';
  #worker: WorkerThread | null = null;
  #pulse: Pulse | null = null;
  /** When the worker became ready. */
  #readyAt = 0;
  #restarts = 0;
  /** Workers that became ready, since the start. */
  #begun = 0;
  /** When the last worker was lost; null while there is one. */
  #lostAt: number | null = null;
  /** Settles when no worker is on its way; never rejects. */
  #spawning: Promise<void> = Promise.resolve();

  constructor(limits: ReactorLimits, events: SupervisorEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** Starts the first worker. Call once. Rejects when it cannot start on this machine. */
  async start(): Promise<void> {
    await this.#spawn();
  }

  /** The worker that can be asked for something; null while there is none. */
  get worker(): WorkerThread | null {
    return this.#worker;
  }

  /** Whether the worker turns: `ready`, it would answer now; `live`, it may still do so. */
  health(): Health {
    if (this.#state === 'failed') return { live: false, ready: false, detail: 'the reactor was lost for good' };
    if (this.#state !== 'ready') return { live: true, ready: false, detail: `reactor ${this.#state}` };
    const silentMs = this.#pulse?.silentMs() ?? 0;
    const detail = silentMs < STALE_MS ? 'reactor turning' : `reactor silent for ${Math.round(silentMs)} ms`;
    return { live: silentMs < DEAD_MS, ready: silentMs < STALE_MS, detail };
  }

  /** How often a worker was lost and another one became ready. */
  get restarts(): number {
    return Math.max(0, this.#begun - 1);
  }

  /** For how many milliseconds nothing has answered: since the worker was lost, or since a call that it leaves unanswered. */
  get silentMs(): number {
    return this.#lostAt === null ? (this.#pulse?.silentMs() ?? 0) : monotonicMs() - this.#lostAt;
  }

  /** From now on a worker that is lost has no successor, and one that is on its way is stopped when it arrives. */
  retire(): void {
    this.#state = 'retired';
  }

  /** Retires, and stops the worker now. Synchronous: an 'exit' handler's only way to end the process. */
  stop(): void {
    this.retire();
    this.#worker?.stop();
  }

  /** Settles when no worker is left, and none on its way. Call it after `stop`. */
  async gone(): Promise<void> {
    await this.#spawning; // A process that ends while a worker loads koffi is aborted.
    await this.#worker?.exited;
  }

  async #spawn(): Promise<void> {
    const spawning = WorkerThread.spawn(this.#limits, {
      ready: (worker) => this.#begin(worker),
      results: this.#events.results,
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
    this.#readyAt = monotonicMs();
    this.#lostAt = null;
    this.#begun++;
    this.#pulse = new Pulse(worker);
    this.#state = 'ready';
  }

  #lost(reason: string): void {
    this.#worker = null;
    this.#lostAt = monotonicMs();
    this.#events.lost();
    if (this.#state !== 'ready') return;
    if (monotonicMs() - this.#readyAt > STEADY_MS) this.#restarts = 0;
    this.#events.warn(reason);
    this.#state = 'starting';
    void this.#restart();
  }

  async #restart(): Promise<void> {
    const wanted = (): boolean => this.#state === 'starting';
    while (wanted() && this.#restarts < MAX_RESTARTS) {
      await sleep(FIRST_BACKOFF_MS * 2 ** this.#restarts++);
      try {
        if (wanted()) await this.#spawn();
        return;
      } catch (error) {
        this.#events.warn(`the reactor did not start again: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (wanted()) this.#state = 'failed';
  }
}
