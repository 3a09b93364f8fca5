// Every door asks for checks through this: first the caller's limits, then the checker. A request that is known as a whole
// is let in or refused; a stream is let in line by line, and waits.
import type { Inquiry, OpenInquiry } from '../check/inquiry.ts';
import { NoRoomError } from '../check/pool.ts';
import type { Check, CheckReply, CheckResult, Vantage } from '../check/result.ts';
import type { Wait } from '../check/waiting-line.ts';
import { callerOf } from './asker.ts';
import { CallerLimits } from './limits.ts';
import { StreamWindows } from './window.ts';

/** The checker, as its doors see it. */
export interface CheckRunner {
  readonly vantage: Vantage;
  /** Every check gets exactly one result, in the order of `checks`. Rejects with NoRoomError. */
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply>;
  /** An inquiry whose checks are asked one after the other. `onBroken` is told of an error of ours. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry;
}

/** An inquiry that has a place in its caller's window until it is closed. */
export interface AdmittedInquiry {
  /** Asks `check`; where it has to wait, it is not asked, and what it waits for is returned: then ask again. */
  ask(check: Check, index: number): Wait | null;
  /** A result was written, or is not to be: it is not held any more. */
  told(result: CheckResult): void;
  /** After the last result, or when no more of them is wanted. */
  close(): void;
}

export interface AdmissionSettings {
  readonly rateTargetsPerSecond: number;
  readonly rateBurst: number;
  readonly maxQueuedPerCaller: number;
  readonly streamWindow: number;
}

/** The one way to `checker` for every door of this process: what a caller may have it may have over all of them. */
export function admissionTo(checker: CheckRunner, settings: AdmissionSettings): Admission {
  const { rateTargetsPerSecond: targetsPerSecond, rateBurst: burst, maxQueuedPerCaller: maxQueued } = settings;
  const isLimited = targetsPerSecond > 0 || maxQueued > 0;
  const limits = isLimited ? new CallerLimits({ targetsPerSecond, burst, maxQueued }) : null;
  return new Admission(checker, limits, new StreamWindows(settings.streamWindow));
}

export class Admission {
  readonly #checker: CheckRunner;
  readonly #limits: CallerLimits | null;
  readonly #windows: StreamWindows;
  readonly #width: number;

  /**
   * `limits` null: nothing limits a caller but, in its streams, `windows`. `width`: results of one check, each of which
   * counts as a check of its own.
   */
  constructor(checker: CheckRunner, limits: CallerLimits | null, windows: StreamWindows, width = 1) {
    this.#checker = checker;
    this.#limits = limits;
    this.#windows = windows;
    this.#width = width;
  }

  /** The way to another checker, which gives `width` results of each check, under the same limits. */
  over(checker: CheckRunner, width: number): Admission {
    return new Admission(checker, this.#limits, this.#windows, width);
  }

  get vantage(): Vantage {
    return this.#checker.vantage;
  }

  /** Throws RateLimitedError, or rejects with NoRoomError, before any work. */
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const limits = this.#limits;
    if (limits === null) return this.#checker.check(checks, inquiry);
    const caller = callerOf(inquiry.asker);
    const width = this.#width;
    const attempts = limits.admit(caller, checks, width);
    return this.#checker
      .check(checks, { ...inquiry, onMore: (more) => limits.charge(caller, more) })
      .catch((error: unknown) => {
        if (error instanceof NoRoomError) limits.charge(caller, -attempts); // Nothing of it was done.
        throw error;
      })
      .finally(() => limits.release(caller, checks.length * width));
  }

  /** As the checker's, and each check waits for its caller's window and limits too. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): AdmittedInquiry {
    const caller = callerOf(inquiry.asker);
    const [limits, width] = [this.#limits, this.#width];
    const window = this.#windows.open(caller);
    /** Results of checks that came too late to be asked. */
    const late = new WeakSet<CheckResult>();
    let unanswered = 0;
    const onResult: Inquiry['onResult'] = (index, result) => {
      unanswered--;
      limits?.release(caller, 1);
      inquiry.onResult?.(index, result);
    };
    const onMore = limits === null ? undefined : (more: number) => limits.charge(caller, more);
    const open = this.#checker.open({ ...inquiry, onMore, onResult }, onBroken);
    return {
      ask: (check, index) => {
        // After the deadline nothing is asked, so nothing is waited for and nothing charged.
        const unasked = open.late(check);
        if (unasked !== null) {
          late.add(unasked);
          inquiry.onResult?.(index, unasked);
          return null;
        }
        const wait = window.wait() ?? open.room(check) ?? limits?.enter(caller, check, width) ?? null;
        if (wait !== null) return wait;
        window.asked(width);
        unanswered += width;
        open.ask(check, index);
        return null;
      },
      told: (result) => {
        if (late.has(result)) return;
        window.told();
        open.told(result);
      },
      close: () => {
        open.close();
        window.close();
        limits?.release(caller, unanswered); // An error of ours has kept them from being answered.
      },
    };
  }
}
