// What a door asks the checker: a request that is known as a whole, or one whose checks come one after the other.
import type { Asker } from '../callers/asker.ts';
import type { Cancellation } from './cancellation.ts';
import type { Part } from './pool.ts';
import type { Check, CheckResult } from './result.ts';
import type { Wait } from './waiting-line.ts';

/** One request of an asker. */
export interface Inquiry {
  readonly asker: Asker;
  /** Cancelled: what is left of the request becomes `cancelled`. */
  readonly cancellation: Cancellation;
  /** Milliseconds from now in which everything has to be answered; without one there is no such bound. */
  readonly deadlineMs?: number | null;
  /** What the caller may make this process hold; what the checks take of it is whoever opened it to close. */
  readonly memory?: Part | null;
  /** Told of attempts that a name's addresses add to those asked for, and, below 0, of those that were not made. */
  readonly onMore?: ((attempts: number) => void) | undefined;
  /** Sees each result as it settles. */
  readonly onResult?: ((index: number, result: CheckResult) => void) | undefined;
}

/** An inquiry whose checks are asked one after the other, without end if need be. */
export interface OpenInquiry {
  /** The result of a `check` that comes after the request's deadline, and is not asked; null before that. */
  late(check: Check): CheckResult | null;
  /** Null where `check` may be asked now; else what it has to wait for. */
  room(check: Check): Wait | null;
  /** Asks `check`, for which there is room; its result goes to `onResult` under `index`, and is not kept. */
  ask(check: Check, index: number): void;
  /** A result of an asked check was told, and is not held any more. */
  told(result: CheckResult): void;
  /** After the last result. */
  close(): void;
}
