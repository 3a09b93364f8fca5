// A request's deadline: the second clock. `timeoutMs` is a target's own and begins with its turn; the deadline is the whole
// request's, and runs from the moment it was accepted. Attempts carry the instant to the worker; whatever waits on this
// thread (for a lookup, for a turn at an address, between rounds) is a member of `passed`. One timer for a request.
import { monotonicMs } from '../clock.ts';
import { Cancellation } from './cancellation.ts';

export class RequestDeadline {
  /** In monotonic milliseconds; Infinity for none. */
  readonly at: number;
  /** Cancelled when the instant has come. */
  readonly passed = new Cancellation();
  readonly #timer: NodeJS.Timeout | undefined;

  /** In `deadlineMs` milliseconds from now; null: never. */
  constructor(deadlineMs: number | null) {
    this.at = deadlineMs === null ? Infinity : monotonicMs() + deadlineMs;
    if (deadlineMs !== null) this.#timer = setTimeout(() => this.passed.cancel(), deadlineMs);
  }

  get isPassed(): boolean {
    return this.passed.isCancelled || monotonicMs() >= this.at;
  }

  /** The request has its reply. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
