// What is granted: the attempts that checks may make, counted before they are made, for what waits for an answer holds
// memory and what has its answer makes the reply longer. A check is granted its rounds when its request is let in, and
// more when its name turns out to have several addresses; it gives all of that back when it has its result. A request that
// asks for all at once is let in or refused; one that asks for one check after the other waits for each. Pure.
import { WaitingLine } from './waiting-line.ts';

/** A request asks for more attempts than there is room for. Thrown before any work. */
export class OverloadedError extends Error {
  constructor(asked: number, granted: number) {
    super(`${asked} more attempts on top of ${granted} would be too many`);
    this.name = 'OverloadedError';
  }
}

export class Budget {
  readonly max: number;
  /** Attempts that are granted to checks without a result, over all requests. */
  granted = 0;
  /** Those of them that are granted to checks of streams. */
  streamed = 0;
  /** Streams that wait for room. */
  readonly room = new WaitingLine();

  /** At most `max` attempts are granted at a time, and no request gets more than that in all. */
  constructor(max: number) {
    this.max = max;
  }

  /** The account of one request whose checks ask for `attempts` in all. Throws OverloadedError. */
  open(attempts: number): RequestAccount {
    if (this.granted + attempts > this.max) throw new OverloadedError(attempts, this.granted);
    this.granted += attempts;
    return new RequestAccount(this, attempts);
  }

  /** The account of a request whose checks are asked one after the other. */
  openStream(): StreamAccount {
    return new StreamAccount(this);
  }

  /** `attempts` are granted no longer. */
  release(attempts: number): void {
    this.granted -= attempts;
    this.room.wake();
  }
}

/** What one request has been granted. */
export class RequestAccount {
  readonly #budget: Budget;
  /** Attempts that its reply may come to hold: those of settled checks, and the most that open checks can make. */
  #inReply: number;

  constructor(budget: Budget, attempts: number) {
    this.#budget = budget;
    this.#inReply = attempts;
  }

  /** A check's part, `attempts` of those that the account was opened with. */
  grant(attempts: number): Grant {
    return new Grant(this, attempts);
  }

  hasRoom(more: number): boolean {
    return Math.max(this.#budget.granted, this.#inReply) + more <= this.#budget.max;
  }

  /** Whether there is room for `more`; then they are granted. */
  extend(more: number): boolean {
    if (!this.hasRoom(more)) return false;
    this.#budget.granted += more;
    this.#inReply += more;
    return true;
  }

  /** Takes back `granted` attempts, of which the reply holds `held`. */
  takeBack(granted: number, held: number): void {
    this.#inReply -= granted - held;
    this.#budget.release(granted);
  }
}

/** What a stream has been granted. Its results are sent and not kept, so that its reply holds nothing. */
class StreamAccount extends RequestAccount {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    super(budget, 0);
    this.#budget = budget;
  }

  /**
   * Whether one more check may be let in. Streams leave half of the budget to those who cannot wait, but one check of
   * theirs is always let in where there is room at all; what was let in may grow into the other half, for it cannot wait.
   */
  letsIn(attempts: number): boolean {
    const { streamed, max } = this.#budget;
    return (streamed === 0 || streamed + attempts <= max / 2) && this.hasRoom(attempts);
  }

  override extend(more: number): boolean {
    if (!super.extend(more)) return false;
    this.#budget.streamed += more;
    return true;
  }

  override takeBack(granted: number): void {
    this.#budget.streamed -= granted;
    super.takeBack(granted, 0);
  }
}

/** What one check has been granted. */
export class Grant {
  readonly #account: RequestAccount;
  #attempts: number;

  constructor(account: RequestAccount, attempts: number) {
    this.#account = account;
    this.#attempts = attempts;
  }

  /** Whether the check may come to `attempts` in all: more than its request could foresee, where its name has several addresses. */
  extendTo(attempts: number): boolean {
    const more = attempts - this.#attempts;
    if (more <= 0) return true;
    if (!this.#account.extend(more)) return false;
    this.#attempts = attempts;
    return true;
  }

  /** The check has its result, which makes the reply longer by `held` attempts. */
  end(held: number): void {
    this.#account.takeBack(this.#attempts, held);
  }
}
