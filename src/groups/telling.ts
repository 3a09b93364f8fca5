// What a round says of its group: each target's result is good, bad or void, and the mode makes one word of them. Pure.
import type { CheckResult } from '../check/result.ts';
import type { Telling } from './verdict.ts';

/** Outcomes that may count against a target. An open one that is not ok always does. */
export const DOWN_OUTCOMES = ['refused', 'rejected', 'unreachable', 'timeout', 'unresolved'] as const;
export type DownOutcome = (typeof DOWN_OUTCOMES)[number];

/** How many targets must be ok. */
export type Mode = 'all' | 'any' | number;

/** What one target's result says. Outcomes that are reachd's own trouble say nothing. */
export function tellingOf({ ok, outcome }: CheckResult, downOn: readonly DownOutcome[]): Telling {
  switch (outcome) {
    case 'failed':
    case 'denied':
    case 'cancelled':
      return 'void';
    case 'open':
      return ok ? 'good' : 'bad';
    default:
      return ok || !downOn.includes(outcome) ? 'good' : 'bad';
  }
}

/** What a round says, by what its targets do. It is void where the void ones could still decide it either way. */
export function tellingOfRound(tellings: readonly Telling[], mode: Mode): Telling {
  const needed = mode === 'all' ? tellings.length : mode === 'any' ? 1 : mode;
  const good = tellings.filter((telling) => telling === 'good').length;
  const unknown = tellings.filter((telling) => telling === 'void').length;
  if (good >= needed) return 'good';
  return good + unknown < needed ? 'bad' : 'void';
}
