// Every door asks for checks through this: first the caller's limits, then the checker. A request that is known as a whole
// is let in or refused; a stream is let in line by line, and waits.
import type { Inquiry, OpenInquiry } from '../check/inquiry.ts';
import type { Check, CheckReply, Vantage } from '../check/result.ts';
import type { Wait } from '../check/waiting-line.ts';
import { callerOf } from './asker.ts';
import type { CallerLimits } from './limits.ts';
import type { StreamWindows } from './window.ts';

/** The checker, as its doors see it. */
export interface CheckRunner {
  readonly vantage: Vantage;
  /** Every check gets exactly one result, in the order of `checks`. Rejects with OverloadedError. */
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply>;
  /** An inquiry whose checks are asked one after the other. `onBroken` is told of an error of ours. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry;
}

/** An inquiry that has a place in its caller's window until it is closed. */
export interface AdmittedInquiry {
  /** Asks `check`; where it has to wait, it is not asked, and what it waits for is returned: then ask again. */
  ask(check: Check, index: number): Wait | null;
  /** After the last result. */
  close(): void;
}

export class Admission {
  readonly #checker: CheckRunner;
  readonly #limits: CallerLimits | null;
  readonly #windows: StreamWindows;

  /** `limits` null: nothing limits a caller but, in its streams, `windows`. */
  constructor(checker: CheckRunner, limits: CallerLimits | null, windows: StreamWindows) {
    this.#checker = checker;
    this.#limits = limits;
    this.#windows = windows;
  }

  get vantage(): Vantage {
    return this.#checker.vantage;
  }

  /** Throws RateLimitedError, or rejects with OverloadedError, before any work. */
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const release = this.#limits?.admit(callerOf(inquiry.asker), checks);
    const answer = this.#checker.check(checks, inquiry);
    return release === undefined ? answer : answer.finally(release);
  }

  /** As the checker's, and each check waits for its caller's window and limits too. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): AdmittedInquiry {
    const caller = callerOf(inquiry.asker);
    const window = this.#windows.open(caller);
    const answered = (): void => {
      window.answered();
      this.#limits?.release(caller, 1);
    };
    const onResult: Inquiry['onResult'] = (index, result) => {
      answered();
      inquiry.onResult?.(index, result);
    };
    const open = this.#checker.open({ ...inquiry, onResult }, onBroken);
    const ask = (check: Check, index: number): Wait | null => {
      // After the deadline nothing is asked, so nothing is waited for and nothing charged.
      const late = open.late(check);
      if (late !== null) {
        inquiry.onResult?.(index, late);
        return null;
      }
      const wait = window.wait() ?? open.room(check) ?? this.#limits?.enter(caller, check) ?? null;
      if (wait !== null) return wait;
      window.asked();
      open.ask(check, index);
      return null;
    };
    const close = (): void => {
      open.close();
      window.close();
    };
    return { ask, close };
  }
}
