// What a door hands to the checker: one request of an asker, asked as a whole or check by check.
import type { Asker } from '../callers/asker.ts';
import type { Cancellation } from './cancellation.ts';
import type { Check, CheckResult } from './result.ts';
import type { Wait } from './waiting-line.ts';

/** One request of an asker. */
export interface Inquiry {
  readonly asker: Asker;
  /** Cancelled: what is left of the request becomes `cancelled`. */
  readonly cancellation: Cancellation;
  /** Milliseconds from now in which everything has to be answered; without one there is no such bound. */
  readonly deadlineMs?: number | null;
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
  /** After the last result. */
  close(): void;
}
