// A reactor on a fake kernel, with the test as its client: commands and results pass over the real wire.
import type { Test } from 'tap';
import { monotonicMs } from '../../src/clock.ts';
import type { Attempt } from '../../src/reactor/attempt.ts';
import { SHARED, sharedSize } from '../../src/reactor/protocol.ts';
import type { AttemptResult, Endpoint, StartOptions } from '../../src/reactor/protocol.ts';
import { Reactor } from '../../src/reactor/reactor.ts';
import { Sockets } from '../../src/reactor/sockets.ts';
import { CommandWriter } from '../../src/reactor/wire/commands.ts';
import { askForTurn } from '../../src/reactor/wire/wake.ts';
import { countOf, readResults } from '../../src/reactor/wire/results.ts';
import { noteTaken, notePosted } from '../../src/reactor/wire/unread.ts';
import type { TokenBucket } from '../../src/token-bucket.ts';
import { stopClock, type FakeClock } from './fake-clock.ts';
import { FakeKernel } from './fake-kernel.ts';
import { loopback } from './raw-sockets.ts';

export interface SlotResult extends AttemptResult {
  readonly slot: number;
}

/** A reactor for one test, whose clock stands still meanwhile. */
export function bench(t: Test, maxInFlight?: number): ReactorBench {
  return new ReactorBench(stopClock(t), maxInFlight);
}

/** Asserts a duration to the microsecond: the clock counts in fractions. */
export function near(t: Test, actual: number | null | undefined, expected: number): void {
  t.ok(Math.abs((actual ?? NaN) - expected) < 1e-3, `${actual ?? 'none'} is ${expected}`);
}

export interface Wanted extends Partial<StartOptions> {
  readonly endpoint?: Endpoint;
  readonly deadlineMs?: number;
  readonly tellStart?: boolean;
}

export class ReactorBench {
  readonly clock: FakeClock;
  readonly kernel = new FakeKernel();
  readonly shared: Int32Array;
  readonly sockets: Sockets<Attempt>;
  readonly reactor: Reactor;
  /** In the order in which they came. */
  readonly results: SlotResult[] = [];
  /** How many results each message carried. */
  /** The starts that were to be told, as they came. */
  readonly started: { readonly slot: number; readonly startedAt: number }[] = [];
  readonly messages: number[] = [];
  readonly #commands = new CommandWriter();
  readonly #inbox: ArrayBuffer[] = [];
  /** Whether what it posts waits for take(). */
  isBusy = false;
  /** Called when the reactor has found its inbox empty: the moment at which a wake could be lost. */
  onDrained: () => void = () => undefined;

  constructor(clock: FakeClock, maxInFlight = 64, connectRate: TokenBucket | null = null) {
    this.clock = clock;
    this.shared = new Int32Array(new SharedArrayBuffer(sharedSize(maxInFlight)));
    this.sockets = new Sockets(this.kernel.poller, this.shared, this.kernel.open);
    this.reactor = new Reactor({
      poller: this.kernel.poller,
      sockets: this.sockets,
      shared: this.shared,
      maxInFlight,
      connectRate,
      receive: () => {
        const batch = this.#inbox.shift();
        if (batch === undefined) this.onDrained();
        return batch;
      },
      send: (batch) => {
        const before = this.results.length;
        readResults(
          batch,
          (slot, result) => this.results.push({ slot, ...result }),
          (slot, startedAt) => this.started.push({ slot, startedAt }),
        );
        this.messages.push(this.results.length - before);
        notePosted(this.shared, countOf(batch));
        if (!this.isBusy) this.take();
      },
    });
  }

  /** What was posted is taken in, as the client does it: and then the worker is called, if it waits for that. */
  take(): void {
    if (noteTaken(this.shared, Atomics.load(this.shared, SHARED.unread))) askForTurn(this.shared);
  }

  /** Stages a start of `slot`; its port is 1000 + slot, its caller has one request, which is given up in `deadlineMs`. */
  start(slot: number, wanted: Wanted = {}): void {
    const {
      endpoint = loopback(1000 + slot),
      caller = 1,
      deadlineMs = Infinity,
      tellStart = false,
      ...options
    } = wanted;
    const deadline = monotonicMs() + deadlineMs;
    const defaults = { timeoutMs: 1000, deadline, handshake: 'half', caller, request: caller, source: null } as const;
    this.#commands.start(slot, monotonicMs(), endpoint, { ...defaults, ...options }, tellStart);
  }

  cancel(slot: number, isHeard = true): void {
    this.#commands.cancel(slot, isHeard);
  }

  /** Posts what is staged, as the client does: message, then wake. */
  post(): void {
    if (this.#commands.count === 0) return;
    this.#inbox.push(this.#commands.take());
    askForTurn(this.shared);
  }

  /** Posts what is staged, and takes `turns` turns. */
  turn(turns = 1): void {
    this.post();
    for (let i = 0; i < turns; i++) this.reactor.turn();
  }

  /** The results since the last call. */
  taken(): SlotResult[] {
    return this.results.splice(0);
  }

  /** The descriptors in shared memory, in the order of their places. */
  get descriptors(): number[] {
    return [...this.shared.subarray(SHARED.sockets)].filter((word) => word !== 0).map((word) => word - 1);
  }

  get inFlight(): number {
    return Atomics.load(this.shared, SHARED.inFlight);
  }

  get queued(): number {
    return Atomics.load(this.shared, SHARED.queued);
  }
}
