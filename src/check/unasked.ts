// Checks that come to no attempt, because of what their request is allowed: its time is over, or there is no room.
import type { Run } from './asking.ts';
import { CANCELLED, outcomeOfLookup } from './lookup.ts';
import { finding, type Finding, NOT_STARTED } from './outcome.ts';
import { unanswered } from './report.ts';
import type { Check, CheckResult } from './result.ts';

/** The result of a check that comes after its request's deadline, and is not asked. */
export function tooLate(check: Check, { asker, observer }: Run): CheckResult {
  const result = unanswered(check, null, NOT_STARTED);
  observer?.settled?.(asker, check, result, null);
  return result;
}

/** Why a name's addresses found no room: there is none, or the request was over before there was any. */
export function noRoom(more: number, addresses: number, { cancellation, deadline }: Run): Finding {
  if (cancellation.isCancelled) return outcomeOfLookup(CANCELLED);
  if (deadline.isPassed) return NOT_STARTED;
  const message = `the name’s ${addresses} addresses count as ${more} more attempts, which would be too many`;
  return finding('failed', 'local', 'too-many-attempts', message);
}
