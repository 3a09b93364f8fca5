// Who learns what happened: the audit, the log, and whatever counts. The checker tells one observer, at three moments;
// where there is none it tells nobody, and that costs nothing.
import type { Asker } from '../callers/asker.ts';
import type { Cause } from './outcome.ts';
import type { Lookup } from './lookup.ts';
import type { AttemptReport, Check, CheckResult } from './result.ts';

/** What the policy holds against a target: for whoever keeps the log. A caller learns no address behind a denied name. */
export interface Denial {
  readonly address: string;
  readonly rule: string;
}

/** Each method is called in the middle of a check: it must be quick and must not throw. */
export interface CheckObserver {
  /** A name was looked up, or its answer was still known. */
  lookup?(lookup: Lookup): void;
  /** An attempt has ended. `isUnforeseen`: with an errno that the outcome table does not know. */
  attempt?(report: AttemptReport, isUnforeseen: boolean): void;
  /** A check has its result. `denial` stands beside an outcome other than `denied` where denials are only reported. */
  settled?(asker: Asker, check: Check, result: CheckResult, denial: Denial | null): void;
}

/** One observer that tells all of `observers`; null for none. */
export function observeAll(...observers: readonly (CheckObserver | null)[]): CheckObserver | null {
  const present = observers.filter((observer) => observer !== null);
  const [first = null, ...others] = present;
  if (others.length === 0) return first;
  // Loops, and no functions made on the way: each attempt of each check comes through here.
  return {
    lookup(lookup) {
      for (const observer of present) observer.lookup?.(lookup);
    },
    attempt(report, isUnforeseen) {
      for (const observer of present) observer.attempt?.(report, isUnforeseen);
    },
    settled(asker, check, result, denial) {
      for (const observer of present) observer.settled?.(asker, check, result, denial);
    },
  };
}

/** Tells of each errno that the outcome table did not foresee, once. */
export function tellUnforeseen(tell: (cause: Cause) => void): CheckObserver {
  const told = new Set<string>();
  return {
    attempt({ cause }, isUnforeseen) {
      if (!isUnforeseen || cause === null || told.has(cause.code)) return;
      told.add(cause.code);
      tell(cause);
    },
  };
}
