// The loop. It belongs to one thread, never yields to that thread's event loop, and sees nothing of what a check means.
import { SystemCallError } from '../../native-bindings/syscall.ts';
import { monotonicMs } from '../clock.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { Attempt } from './attempt.ts';
import { Deadlines } from './deadlines.ts';
import { EVENTS_A_WAIT, type Poller } from './poller.ts';
import { SHARED } from './protocol.ts';
import { Queue } from './queue.ts';
import { isWorthRetrying, RETRY_MS } from './shortage.ts';
import { IDLE_MS, type Sockets } from './sockets.ts';
import { Commands } from './wire/commands.ts';
import { ResultWriter } from './wire/results.ts';
import { finishWait, prepareToWait, takeWake } from './wire/wake.ts';

/**
 * How many connects a turn starts before it looks at events again. More of them make a burst look slow: the first has
 * its answer long before the last is started. Fewer buy no precision and cost a wait(2) each.
 */
const STARTS_A_TURN = 8;
/** How long results may gather while the loop is busy: a message for each turn would cost more than the checks. */
const GATHER_MS = 0.5;

/** What the reactor is made of: the kernel's side, and the two ends of the wire. */
export interface ReactorParts {
  readonly poller: Pick<Poller, 'wait' | 'dispatch'>;
  readonly sockets: Sockets<Attempt>;
  readonly shared: Int32Array;
  readonly maxInFlight: number;
  /** Allows every start; null or none allows any number. */
  readonly connectRate?: TokenBucket | null;
  /** STARTS_A_TURN unless given: the bench shows what other numbers do. */
  readonly startsATurn?: number;
  /** The next batch of commands that has arrived, if any. */
  readonly receive: () => ArrayBuffer | undefined;
  readonly send: (results: ArrayBuffer) => void;
}

export class Reactor {
  readonly #parts: ReactorParts;
  /** By slot; grows with the highest slot that the client has used. */
  readonly #attempts: Attempt[] = [];
  /** Accepted and not started. */
  readonly #queue = new Queue<Attempt>();
  /** Of everything that is queued, waiting or in flight. */
  readonly #deadlines = new Deadlines();
  readonly #results = new ResultWriter();
  #inFlight = 0;
  /** The instant before which the connect rate allows no start; 0 when it is not what holds us up. */
  #heldUntil = 0;
  /** The instant that this turn's wait returned: the end of every attempt that the turn settles. */
  #now = monotonicMs();
  /** When the oldest staged result was written. */
  #stagedAt = 0;
  /** When a socket was last given back. */
  #busyAt = 0;

  constructor(parts: ReactorParts) {
    this.#parts = parts;
  }

  /** Turns until the shared stop flag is up. What is then unsettled is the client's to settle. */
  run(): void {
    while (Atomics.load(this.#parts.shared, SHARED.stop) === 0) this.turn();
  }

  /**
   * One turn: take in what was asked for, start a few, wait, settle what is ready, then what has expired, and post the
   * results. Ready goes before expired, so that an answer that is already here is never reported as silence. Nothing is
   * started between the wait and the last settle, so each event of a batch finds the socket that it was raised for.
   */
  turn(): void {
    this.#takeIn();
    // After the wake was taken and before the wait: whoever asked for this turn as a sign of life has it while we sleep.
    Atomics.add(this.#parts.shared, SHARED.heartbeat, 1);
    this.#parts.sockets.sweep();
    this.#startSome();
    this.#publish();
    if (!this.#canStart) this.#post(true); // The wait may be long.
    const mayBlock = !this.#canStart && prepareToWait(this.#parts.shared);
    const count = this.#parts.poller.wait(mayBlock ? this.#waitMs() : 0);
    finishWait(this.#parts.shared);
    this.#now = monotonicMs();
    this.#parts.poller.dispatch(count, this.#settleReady);
    if (this.#deadlines.earliest <= this.#now) this.#giveUp(count);
    this.#trimIdle();
    this.#publish();
    this.#post();
  }

  #takeIn(): void {
    if (!takeWake(this.#parts.shared)) return;
    this.#now = monotonicMs();
    for (let batch = this.#parts.receive(); batch !== undefined; batch = this.#parts.receive()) {
      const commands = new Commands(batch);
      for (let i = 0; i < commands.count; i++) {
        const slot = commands.slot(i);
        const attempt = (this.#attempts[slot] ??= new Attempt(slot));
        if (commands.isStart(i)) {
          attempt.accept(commands, i);
          this.#enqueue(attempt);
        } else if (attempt.state !== 'idle') {
          this.#end(attempt, 'cancelled');
        }
      }
    }
  }

  #enqueue(attempt: Attempt): void {
    attempt.state = 'queued';
    this.#queue.push(attempt.caller, attempt);
    this.#deadlines.set(attempt.slot, attempt.deadline);
  }

  #startSome(): void {
    const { startsATurn = STARTS_A_TURN, connectRate = null } = this.#parts;
    this.#heldUntil = 0;
    for (let started = 0; started < startsATurn; started++) {
      if (connectRate !== null && this.#isHeld(connectRate)) return;
      const attempt = this.#queue.shift(this.#freePlaces);
      if (attempt === null) return;
      attempt.state = 'in-flight';
      this.#inFlight++;
      this.#start(attempt);
    }
  }

  /** Nothing is asked of the network on behalf of who has stopped waiting. */
  #start(attempt: Attempt): void {
    if (attempt.deadline <= this.#now) {
      this.#end(attempt, 'expired');
      return;
    }
    try {
      attempt.start(this.#parts.sockets);
    } catch (failure) {
      this.#cope(attempt, failure);
    }
  }

  /** Whether the next start has to wait; when not, it is paid for. */
  #isHeld(connectRate: TokenBucket): boolean {
    if (!this.#queue.canShift(this.#freePlaces)) return false;
    const now = monotonicMs();
    const waitMs = connectRate.take(1, now);
    if (waitMs > 0) this.#heldUntil = now + waitMs;
    return waitMs > 0;
  }

  readonly #settleReady = (index: number, generation: number, events: number): void => {
    const attempt = this.#parts.sockets.holder(index, generation);
    if (attempt === null) this.#parts.sockets.noticeEnd(index, generation, events);
    else this.#inspect(attempt, events);
  };

  #inspect(attempt: Attempt, events: number): void {
    try {
      const ending = attempt.inspect(events);
      if (ending !== null) this.#end(attempt, ending);
    } catch (failure) {
      this.#cope(attempt, failure);
    }
  }

  /**
   * Settles what has expired, once the kernel has nothing more to say. This thread may have stood still between the wait
   * and the clock (a CPU limit, garbage): what came meanwhile is no silence. The next turn has what a full batch left.
   */
  #giveUp(count: number): void {
    if (count === EVENTS_A_WAIT) return;
    const late = this.#parts.poller.wait(0);
    this.#parts.poller.dispatch(late, this.#settleReady);
    if (late < EVENTS_A_WAIT) this.#settleExpired();
  }

  #settleExpired(): void {
    for (let slot = this.#deadlines.takeExpired(this.#now); slot >= 0; slot = this.#deadlines.takeExpired(this.#now)) {
      const attempt = this.#attempts[slot];
      if (attempt === undefined) continue;
      // A retry's moment has come, not its deadline.
      if (attempt.state === 'waiting' && attempt.deadline > this.#now) this.#enqueue(attempt);
      else this.#end(attempt, 'expired');
    }
  }

  /** A system call that fails is this machine's trouble: tried again where that may help, else the attempt's end. */
  #cope(attempt: Attempt, failure: unknown): void {
    if (!(failure instanceof SystemCallError)) throw failure;
    this.#now = monotonicMs();
    if (isWorthRetrying(failure, attempt, this.#now)) this.#putOff(attempt);
    else this.#end(attempt, 'local-error', failure);
  }

  #putOff(attempt: Attempt): void {
    this.#land(attempt);
    attempt.putOff(this.#parts.sockets);
    this.#parts.sockets.trim();
    this.#deadlines.set(attempt.slot, this.#now + RETRY_MS);
  }

  #end(attempt: Attempt, ending: Parameters<Attempt['end']>[0], failure: SystemCallError | null = null): void {
    if (attempt.state === 'queued') this.#queue.remove(attempt);
    if (attempt.state === 'in-flight') this.#land(attempt);
    this.#deadlines.delete(attempt.slot);
    if (this.#results.full) this.#post(true);
    if (this.#results.count === 0) this.#stagedAt = this.#now;
    attempt.end(ending, failure, this.#now, this.#results, this.#parts.sockets);
    this.#busyAt = this.#now;
  }

  #land(attempt: Attempt): void {
    this.#inFlight--;
    this.#queue.leave(attempt.caller);
  }

  /** How many more attempts may be in flight. */
  get #freePlaces(): number {
    return this.#parts.maxInFlight - this.#inFlight;
  }

  get #canStart(): boolean {
    return this.#heldUntil === 0 && this.#queue.canShift(this.#freePlaces);
  }

  /** Until the next deadline, until the connect rate allows the next start, or until idle sockets are to be closed. */
  #waitMs(): number {
    const idle = this.#parts.sockets.idle > 0 ? this.#busyAt + IDLE_MS : Infinity;
    const next = Math.min(this.#deadlines.earliest, idle, this.#heldUntil === 0 ? Infinity : this.#heldUntil);
    return Math.max(0, next - monotonicMs());
  }

  #trimIdle(): void {
    if (this.#parts.sockets.idle > 0 && this.#now >= this.#busyAt + IDLE_MS) this.#parts.sockets.trim();
  }

  /** Results gather while the loop has more to start; before it may block, or for `force`, they go. */
  #post(force = false): void {
    if (this.#results.count === 0) return;
    if (!force && this.#canStart && this.#now - this.#stagedAt < GATHER_MS) return;
    this.#parts.send(this.#results.take());
  }

  #publish(): void {
    const { shared } = this.#parts;
    Atomics.store(shared, SHARED.inFlight, this.#inFlight);
    Atomics.store(shared, SHARED.queued, this.#queue.size);
  }
}
