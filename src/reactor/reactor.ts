// The loop. One thread runs it and nothing else: that thread's own event loop never gets a turn. The loop knows attempts,
// and not what a check means.
import { SystemCallError } from '../../native-bindings/syscall.ts';
import { monotonicMs } from '../clock.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { Attempt } from './attempt.ts';
import { Deadlines } from './deadlines.ts';
import { Mailbox } from './mailbox.ts';
import { Outbox } from './outbox.ts';
import { Pace } from './pace.ts';
import { EVENTS_A_WAIT, type Poller } from './poller.ts';
import { type Ending, SHARED } from './protocol.ts';
import { Queue } from './queue.ts';
import { isWorthRetrying, RETRY_MS } from './shortage.ts';
import type { Sockets } from './sockets.ts';
import type { Commands } from './wire/commands.ts';
import { isHeldUp, MAX_UNREAD_BEFORE_SILENCE } from './wire/unread.ts';
import { finishWait, prepareToWait } from './wire/wake.ts';

/** What the reactor works with: the kernel's side, and the two ends of the wire. */
export interface ReactorParts {
  readonly poller: Pick<Poller, 'wait' | 'dispatch'>;
  readonly sockets: Sockets<Attempt>;
  readonly shared: Int32Array;
  /** Attempts of one caller in flight at the most. */
  readonly maxInFlight: number;
  /** Each start takes a token; null or none: any number of starts. */
  readonly connectRate?: TokenBucket | null;
  /** As pace.ts has it unless given; the bench gives others. */
  readonly startsATurn?: number;
  /** The next batch of commands that has arrived, if any. */
  readonly receive: () => ArrayBuffer | undefined;
  readonly send: (results: ArrayBuffer) => void;
}

export class Reactor {
  readonly #parts: ReactorParts;
  readonly #mailbox: Mailbox;
  /** By slot; grows with the highest slot that the client has used. */
  readonly #attempts: Attempt[] = [];
  /** Accepted and not started. */
  readonly #queue: Queue;
  /** When to give up, or to start again, what is in flight or waiting; and what is queued, if it has a deadline. */
  readonly #deadlines = new Deadlines();
  readonly #outbox: Outbox;
  readonly #pace: Pace;
  /** The instant that this turn's wait returned: the end of every attempt that the turn settles. */
  #now = monotonicMs();

  constructor(parts: ReactorParts) {
    this.#parts = parts;
    this.#mailbox = new Mailbox(parts.shared, parts.receive);
    this.#queue = new Queue(parts.maxInFlight, parts.shared);
    const hasRoom = (): boolean => !isHeldUp(parts.shared, MAX_UNREAD_BEFORE_SILENCE);
    this.#outbox = new Outbox({ send: parts.send, hasRoom });
    this.#pace = new Pace(parts.connectRate ?? null, parts.startsATurn);
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
    // To close takes longer than to tell, and whoever is to be told waits.
    const isSwept = this.#deadlines.earliest > this.#now && this.#parts.sockets.sweep();
    this.#startSome();
    this.#publish();
    if (!this.#canStart) this.#outbox.post(this.#now); // The wait may be long.
    const isDone = isSwept && this.#mailbox.isEmpty && !this.#canStart;
    const mayBlock = isDone && prepareToWait(this.#parts.shared);
    const count = this.#parts.poller.wait(mayBlock ? this.#waitMs() : 0);
    finishWait(this.#parts.shared);
    this.#now = monotonicMs();
    this.#outbox.isAlone = this.#isAlone;
    this.#parts.poller.dispatch(count, this.#settleReady);
    if (this.#deadlines.earliest <= this.#now) this.#giveUp(count);
    if (this.#parts.sockets.trimAt <= this.#now) this.#parts.sockets.trim();
    this.#publish();
    if (this.#canStart) this.#outbox.postGathered(this.#now);
    else this.#outbox.post(this.#now);
  }

  #takeIn(): void {
    if (!this.#mailbox.look()) return;
    this.#now = monotonicMs();
    this.#mailbox.take(this.#obey);
  }

  readonly #obey = (commands: Commands, index: number): void => {
    const slot = commands.slot(index);
    const attempt = (this.#attempts[slot] ??= new Attempt(slot));
    if (commands.isStart(index)) {
      attempt.accept(commands, index);
      this.#enqueue(attempt);
    } else if (attempt.state !== 'idle') {
      attempt.isHeard = commands.isHeard(index);
      this.#end(attempt, 'cancelled');
    }
  };

  #enqueue(attempt: Attempt): void {
    attempt.state = 'queued';
    this.#queue.push(attempt);
    if (attempt.deadline < Infinity) this.#deadlines.set(attempt.slot, attempt.deadline);
  }

  #startSome(): void {
    this.#pace.beginTurn();
    while (this.#canStart && this.#pace.takeStart()) {
      const attempt = this.#queue.take();
      if (attempt === null) return;
      attempt.state = 'in-flight';
      this.#start(attempt);
    }
  }

  /** Its own time begins here. After its request's deadline nobody waits for the answer: then it ends without a packet. */
  #start(attempt: Attempt): void {
    if (attempt.deadline <= this.#now) return this.#end(attempt, 'not-started');
    try {
      attempt.start(this.#parts.sockets);
    } catch (failure) {
      return this.#cope(attempt, failure);
    }
    this.#deadlines.set(attempt.slot, Math.min(attempt.expiry, attempt.deadline));
    attempt.tellStart(this.#outbox);
  }

  readonly #settleReady = (index: number, generation: number, events: number): void => {
    const attempt = this.#parts.sockets.holder(index, generation);
    if (attempt === null) this.#parts.sockets.noticeEnd(index, generation, events);
    else this.#inspect(attempt, events);
  };

  #inspect(attempt: Attempt, events: number): void {
    try {
      const ending = attempt.inspect(events, this.#parts.sockets);
      if (ending !== null) this.#end(attempt, ending);
    } catch (failure) {
      this.#cope(attempt, failure);
    }
  }

  /**
   * Settles whose time is over, after it has asked the kernel once more. This thread may have stood still between the wait
   * and the clock (a CPU limit, a garbage collection), and an answer that came meanwhile is no silence. After a full batch
   * the kernel may hold more answers, so the deadlines wait for the next turn.
   */
  #giveUp(count: number): void {
    if (count === EVENTS_A_WAIT) return;
    const late = this.#parts.poller.wait(0);
    this.#parts.poller.dispatch(late, this.#settleReady);
    if (late === EVENTS_A_WAIT) return;
    this.#deadlines.expire(this.#now, this.#outbox.silencesAtOnce, this.#expire);
  }

  /** Silence for the whole of its timeout is the target's; whatever a deadline cuts off says nothing of the target. */
  readonly #expire = (slot: number, at: number): void => {
    const attempt = this.#attempts[slot];
    if (attempt?.state === 'in-flight') {
      this.#end(attempt, attempt.expiry <= attempt.deadline ? 'expired' : 'cut-short', null, at);
    } else if (attempt !== undefined && attempt.deadline <= at) this.#end(attempt, 'not-started', null, at);
    else if (attempt !== undefined) this.#enqueue(attempt); // The moment of its next start has come.
  };

  /** A system call of our own has failed: starts the attempt again in a moment where that may help, else ends it. */
  #cope(attempt: Attempt, failure: unknown): void {
    if (!(failure instanceof SystemCallError)) throw failure;
    this.#now = monotonicMs();
    if (isWorthRetrying(failure, attempt, this.#now)) this.#putOff(attempt);
    else this.#end(attempt, 'local-error', failure);
  }

  #putOff(attempt: Attempt): void {
    this.#queue.giveBack(attempt);
    attempt.putOff(this.#parts.sockets);
    this.#parts.sockets.trim();
    this.#deadlines.set(attempt.slot, Math.min(this.#now + RETRY_MS, attempt.deadline));
  }

  #end(attempt: Attempt, ending: Ending, failure: SystemCallError | null = null, at = this.#now): void {
    if (attempt.state === 'queued') this.#queue.remove(attempt);
    if (attempt.state === 'in-flight') this.#queue.giveBack(attempt);
    this.#deadlines.delete(attempt.slot);
    const results = this.#outbox.stageEnd(ending, attempt.isExpress, at);
    attempt.end(ending, failure, at, results, this.#parts.sockets);
    this.#parts.sockets.noteUse(this.#now);
  }

  /** Whether everything that is under way is over. */
  get #isAlone(): boolean {
    return this.#queue.size === 0 && this.#deadlines.areAllBy(this.#now);
  }

  get #canStart(): boolean {
    return this.#pace.heldUntil === Infinity && this.#queue.canTake;
  }

  /** Until the next deadline, until the connect rate allows the next start, or until idle sockets are to be closed. */
  #waitMs(): number {
    const next = Math.min(this.#deadlines.earliest, this.#pace.heldUntil, this.#parts.sockets.trimAt);
    return Math.max(0, next - monotonicMs());
  }

  #publish(): void {
    Atomics.store(this.#parts.shared, SHARED.inFlight, this.#queue.inFlight);
    Atomics.store(this.#parts.shared, SHARED.queued, this.#queue.size);
  }
}
