// The main thread's side of the reactor: a promise for each attempt, and a few messages a burst with a wake for each at
// the most. Whatever becomes of the worker, each attempt gets exactly one result. Which worker there is, supervisor.ts
// knows.
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import { Inbox } from './inbox.ts';
import { HeldConnection } from './held-connection.ts';
import type { AttemptResult, Ending, Endpoint } from './protocol.ts';
import { type AttemptOptions, Outstanding, unasked } from './outstanding.ts';
import { Supervisor, type Health } from './supervisor.ts';
import type { TurnTime } from '../check/turn-time.ts';
import { CommandWriter } from './wire/commands.ts';
import { countOf, isExpress, partsOf, readResults } from './wire/results.ts';

/** How long the answers to cancels may take when the client closes. */
const CANCEL_MS = 1000;
/** So many attempts are sent at once when the worker is idle; fewer wait for the end of the turn. */
const FLUSH_EARLY = 8;

export interface ClientOptions {
  readonly maxInFlight: number;
  /** Connects a second; 0, or none, for any number. */
  readonly connectRate?: number;
  /** Told of a worker that was lost. */
  readonly warn?: (message: string) => void;
  /** What results have of a turn of this thread's event loop. */
  readonly time?: TurnTime;
}

export interface ReactorLoad {
  /** Attempts that are connecting, as the worker last said. */
  readonly inFlight: number;
  /** Attempts that the worker has taken in and not started. */
  readonly queued: number;
  /** How often the worker was lost and another one started. */
  readonly restarts: number;
  /** For how long the worker has not answered; 0 while it turns or sleeps. */
  readonly silentMs: number;
}

/** open: attempts are taken. closing: those in flight may end. closed: nothing more. */
type ClientState = 'open' | 'closing' | 'closed';

export class ReactorClient {
  readonly #supervisor: Supervisor;
  #state: ClientState = 'open';
  /** By slot. */
  readonly #entries: (Outstanding | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #outstanding = 0;
  readonly #commands = new CommandWriter();
  readonly #inbox: Inbox;
  #flushing = false;
  #drained: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  /** At most `maxInFlight` attempts are connecting at a time; the rest wait inside. */
  constructor({ maxInFlight, connectRate = 0, warn = () => undefined, time }: ClientOptions) {
    this.#inbox = new Inbox({ take: (batch) => this.#takeIn(batch), cut: partsOf, isExpress, time });
    this.#supervisor = new Supervisor(
      { maxInFlight, connectRate },
      {
        results: this.#inbox.add,
        lost: () => this.#lose(),
        warn,
      },
    );
  }

  /**
   * Starts the worker, and is the client when that turns; until then attempts are lost. Call it once. Rejects when the worker
   * cannot start on this machine.
   */
  async start(): Promise<this> {
    await this.#supervisor.start();
    return this;
  }

  /** Attempts that have no result yet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Attempts that are connecting, as the worker last said. */
  get inFlight(): number {
    return this.#supervisor.worker?.inFlight ?? 0;
  }

  /** What it does now, for gauges. */
  get load(): ReactorLoad {
    const { worker, restarts, silentMs } = this.#supervisor;
    return { inFlight: this.inFlight, queued: worker?.queued ?? 0, restarts, silentMs };
  }

  /** One connect(2), as soon as it is its turn for a place; `settle` is told of its result, once, and must not throw. */
  ask(endpoint: Endpoint, options: AttemptOptions, settle: (result: AttemptResult) => void): void {
    const { cancellation } = options;
    if (cancellation?.isCancelled === true || this.#state === 'closing') return settle(unasked('cancelled'));
    if (this.#state === 'closed' || this.#supervisor.worker === null) return settle(unasked('lost'));
    const slot = this.#freeSlots.pop() ?? this.#entries.length;
    this.#commands.start(slot, monotonicMs(), endpoint, options, options.onStart !== undefined);
    const entry = new Outstanding(slot, settle, options, this.#cancel);
    this.#entries[slot] = entry;
    this.#outstanding++;
    cancellation?.add(entry);
    // Flush early when the worker is idle; otherwise it sleeps until this turn has parsed its last request.
    if (this.#commands.count >= FLUSH_EARLY && this.#supervisor.worker.queued === 0) this.#flush();
    else this.#scheduleFlush();
  }

  /** The same as a promise, which never rejects. */
  attempt(endpoint: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
    return new Promise((settle) => this.ask(endpoint, options, settle));
  }

  /** Whether the worker turns: `ready`, it would answer now; `live`, it may still do so. */
  health(): Health {
    if (this.#state === 'open') return this.#supervisor.health();
    return { live: true, ready: false, detail: `reactor ${this.#state}` };
  }

  /** Lets what is in flight end within `graceMs`, cancels the rest, and stops the worker. */
  close(graceMs: number): Promise<void> {
    return (this.#closed ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<void> {
    this.#supervisor.retire();
    this.#state = 'closing';
    if (!(await this.#drain(graceMs))) {
      this.#entries.forEach((entry, slot) => entry && this.#cancel(slot));
      await this.#drain(CANCEL_MS);
    }
    this.destroy();
    await this.#supervisor.gone();
  }

  /**
   * Stops the worker now; what is in flight is cancelled. Synchronous: an 'exit' handler's only way to end the process, in
   * which nobody is told any more.
   */
  destroy(): void {
    this.#state = 'closed';
    this.#supervisor.stop();
    queueMicrotask(() => this.#settleAll('cancelled'));
  }

  /** Everything outstanding fails, once and for one reason, what is staged included. */
  #lose(): void {
    this.#inbox.flush();
    this.#commands.take();
    this.#settleAll('lost');
  }

  #takeIn(batch: ArrayBuffer): void {
    readResults(batch, this.#settle, this.#started);
    this.#supervisor.worker?.took(countOf(batch));
  }

  readonly #started = (slot: number, startedAt: number): void => this.#entries[slot]?.onStart?.(startedAt);

  readonly #settle = (slot: number, result: AttemptResult, row = -1): void => {
    const entry = this.#entries[slot];
    if (entry === undefined) return;
    this.#entries[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#outstanding--;
    entry.cancellation?.delete(entry);
    entry.settle(row < 0 ? result : this.#takeOver(result, row));
    if (this.#outstanding === 0) this.#drained?.();
  };

  /**
   * The result with the connection that the worker has handed over in `row`. Of a socket that nobody asks for any more, and
   * of one that its worker's end has closed, there is none.
   */
  #takeOver(result: AttemptResult, row: number): AttemptResult {
    const fd = this.#supervisor.worker?.takeSocket(row) ?? -1;
    return fd < 0 ? unasked('lost') : { ...result, connection: new HeldConnection(fd) };
  }

  #settleAll(ending: Ending): void {
    const result = unasked(ending);
    for (let slot = 0; slot < this.#entries.length; slot++) this.#settle(slot, result);
  }

  readonly #cancel = (slot: number, isHeard = true): void => {
    this.#commands.cancel(slot, isHeard);
    this.#scheduleFlush();
  };

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
    if (this.#commands.count > 0) this.#supervisor.worker?.send(this.#commands.take());
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
