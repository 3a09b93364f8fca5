// What is granted: the attempts that checks may make, counted before they are made, for what waits for an answer holds
// memory and what has its answer makes the reply longer. A check is granted its rounds when its request is let in, and
// more when its name turns out to have several addresses; it gives all of that back when it has its result. Pure.

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

  /** Whether there is room for `more`; then they are granted. */
  extend(more: number): boolean {
    if (Math.max(this.#budget.granted, this.#inReply) + more > this.#budget.max) return false;
    this.#budget.granted += more;
    this.#inReply += more;
    return true;
  }

  /** Takes back `granted` attempts, of which the reply holds `held`. */
  takeBack(granted: number, held: number): void {
    this.#budget.granted -= granted;
    this.#inReply -= granted - held;
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
