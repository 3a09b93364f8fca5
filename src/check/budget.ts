// What requests are granted: the attempts that their checks have under way, counted before they are made, and the memory of what
// they find. A request that asks for all at once is let in or refused; a stream waits for each check, until its result has
// been told. What of it a check has, grant.ts knows.
import { type Part, Pool } from './pool.ts';
import type { CheckResult } from './result.ts';
import type { Waiting } from './run.ts';
import { ATTEMPT_BYTES, bytesBeside, CHECK_BYTES, sizeOf } from './size.ts';
import { type Wait, waitFor } from './waiting-line.ts';

/** Attempts of a caller that goes before others. */
const FEW = 32;

export class Budget {
  readonly attempts: Pool;
  /** Those of them that are granted to checks of streams. */
  streamed = 0;

  /** One caller has at most `max` attempts under way, and no reply holds more than that. */
  constructor(max: number) {
    this.attempts = new Pool(max, 'attempts');
  }

  /** The account of a request of so many `checks`, that come to `attempts` in all their rounds. Throws NoRoomError. */
  open(caller: string, checks: number, attempts: number, memory: Part | null): RequestAccount {
    const bytes = checks * CHECK_BYTES + (attempts - checks) * ATTEMPT_BYTES;
    memory?.take(bytes);
    const part = this.attempts.open(caller);
    try {
      part.take(checks);
    } catch (error) {
      part.close();
      memory?.giveBack(bytes);
      throw error;
    }
    return new RequestAccount(this, part, memory, attempts);
  }

  /** The account of a request whose checks are asked one after the other. */
  openStream(caller: string, memory: Part | null): StreamAccount {
    return new StreamAccount(this, this.attempts.open(caller), memory);
  }
}

/** What one request has been granted. */
export class RequestAccount {
  protected readonly budget: Budget;
  protected readonly part: Part;
  protected readonly memory: Part | null;
  /** Attempts that its reply may come to hold: those of settled checks, and the most that open checks can make. */
  #inReply: number;
  /** Its checks that wait for room do so one after the other. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(budget: Budget, part: Part, memory: Part | null, attempts: number) {
    this.budget = budget;
    this.part = part;
    this.memory = memory;
    this.#inReply = attempts;
  }

  /** Whether a check that has no room for all its addresses waits for it, where there can ever be as much. */
  readonly waits: boolean = false;

  /** Whether its attempts take the express lane: their caller has few under way. */
  get isExpress(): boolean {
    return this.part.isLittle && this.part.callerHas <= FEW;
  }

  /** Whether there can ever be room for rounds of `each`, and results of `more` attempts. */
  canHold(each: number, more: number): boolean {
    return each <= this.part.max && more * ATTEMPT_BYTES + CHECK_BYTES <= (this.memory?.max ?? Infinity);
  }

  hasRoom(more: number): boolean {
    return this.part.hasRoom(more);
  }

  /** Takes `more` attempts; less than 0 gives back. */
  take(more: number): void {
    this.part.hold(more);
  }

  /** Whether results may hold `more` attempts than was foreseen. */
  mayLengthen(more: number): boolean {
    const isTooLong = this.#inReply + more > this.budget.attempts.max;
    return !isTooLong && this.memory?.hasRoom(more * ATTEMPT_BYTES) !== false;
  }

  /** Results come to hold `more` attempts than was foreseen; less than 0: fewer. */
  lengthen(more: number): void {
    this.#inReply += more;
    this.weigh(more * ATTEMPT_BYTES);
  }

  /** Results come to hold `bytes` more than was foreseen; less than 0: fewer. */
  weigh(bytes: number): void {
    this.memory?.hold(bytes);
  }

  /** Waits until `isGranted` says so. Resolves with false when the request is over before that. */
  inTurn(isGranted: () => boolean, waiting: Waiting): Promise<boolean> {
    const waits: readonly Wait[] = this.memory === null ? [this.part.room] : [this.part.room, this.memory.room];
    const turn = this.#line.then(async () => {
      while (!isGranted()) if (!(await waitFor(waits, waiting))) return false;
      return true;
    });
    this.#line = turn;
    return turn;
  }

  /** The request is over. */
  close(): void {
    this.part.close();
  }
}

/** What a stream has been granted. Its results are told and not kept. */
class StreamAccount extends RequestAccount {
  constructor(budget: Budget, part: Part, memory: Part | null) {
    super(budget, part, memory, 0);
  }

  override readonly waits = true;

  /** A stream goes on and on, however few it asks at a time. */
  override get isExpress(): boolean {
    return false;
  }

  /**
   * What one more check has to wait for; null when it may be let in. Streams leave half of the budget to those who cannot
   * wait, but one check of theirs is always let in where there is room at all; what was let in may grow into the other half.
   */
  waitOf(rounds: number): Wait | null {
    const { streamed, attempts } = this.budget;
    if (this.memory?.hasRoom(CHECK_BYTES + (rounds - 1) * ATTEMPT_BYTES) === false) return this.memory.room;
    const isLetIn = (streamed === 0 || streamed < attempts.max / 2) && this.hasRoom(1);
    return isLetIn ? null : this.part.room;
  }

  /** Lets in a check of so many rounds. */
  letIn(rounds: number): void {
    this.memory?.hold(CHECK_BYTES);
    this.lengthen(rounds - 1);
    this.take(1);
  }

  /** `result` is not held any more. */
  told(result: CheckResult): void {
    this.lengthen(1 - sizeOf(result));
    this.weigh(-CHECK_BYTES - bytesBeside(result));
  }

  override take(more: number): void {
    this.budget.streamed += more;
    super.take(more);
  }

  override close(): void {
    this.budget.streamed -= this.part.has;
    super.close();
  }
}
