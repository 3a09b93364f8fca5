// Every door asks for checks through this: first the caller's limits, then the checker.
import type { Inquiry } from '../check/checker.ts';
import type { Check, CheckReply } from '../check/result.ts';
import { callerOf } from './asker.ts';
import type { CallerLimits } from './limits.ts';

/** The checker, as its doors see it. */
export interface CheckRunner {
  /**
   * Every check gets exactly one result, in the order of `checks`. Once it has resolved, the inquiry's signal may serve
   * another request: nobody may still be waiting for it. Rejects with OverloadedError.
   */
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply>;
}

export class Admission implements CheckRunner {
  readonly #checker: CheckRunner;
  readonly #limits: CallerLimits | null;

  /** `limits` null: nothing limits a caller. */
  constructor(checker: CheckRunner, limits: CallerLimits | null) {
    this.#checker = checker;
    this.#limits = limits;
  }

  /** Throws RateLimitedError, or rejects with OverloadedError, before any work. */
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const release = this.#limits?.admit(callerOf(inquiry.asker), checks);
    const answer = this.#checker.check(checks, inquiry);
    return release === undefined ? answer : answer.finally(release);
  }
}
