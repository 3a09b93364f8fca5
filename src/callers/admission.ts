// What every request for checks goes through, whichever route it came by: the caller's limits, the audit log, and the
// caller's departure.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallerLimits } from './limits.ts';
import type { OnResult } from '../check/checker.ts';
import type { Check, CheckReply } from '../check/result.ts';
import type { Audit } from './audit.ts';
import { callerOf } from '../http/authentication.ts';
import { whileWanted } from '../http/departure.ts';

/** The domain, as routes see it. */
export interface CheckRunner {
  /**
   * Every check gets exactly one result; `onResult` is called as each settles. Once it has resolved, `signal` may come
   * again with another request: nobody may still be waiting for it. Rejects with OverloadedError.
   */
  check(checks: readonly Check[], signal: AbortSignal, onResult?: OnResult): Promise<CheckReply>;
}

export interface CheckRunsParts {
  readonly checker: CheckRunner;
  readonly limits: CallerLimits | null;
  readonly audit: Audit | null;
  readonly abortAll: AbortSignal;
}

/** Runs the checks of one request. Throws RateLimitedError, or rejects with OverloadedError, before any work. */
export type RunChecks = (
  request: FastifyRequest,
  reply: FastifyReply,
  checks: readonly Check[],
  onResult?: OnResult,
) => Promise<CheckReply>;

export function createCheckRuns({ checker, limits, audit, abortAll }: CheckRunsParts): RunChecks {
  return (request, reply, checks, onResult) => {
    const settled = audited(request, checks, onResult);
    const release = limits?.admit(callerOf(request), checks);
    const answer = whileWanted(reply, abortAll, (signal) => checker.check(checks, signal, settled));
    return release === undefined ? answer : answer.finally(release);
  };

  function audited(request: FastifyRequest, checks: readonly Check[], onResult?: OnResult): OnResult | undefined {
    if (audit === null) return onResult;
    return (index, result, denial) => {
      const check = checks[index];
      if (check !== undefined) audit(request, check, result, denial);
      onResult?.(index, result, denial);
    };
  }
}
