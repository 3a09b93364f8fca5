// The audit log: who had reachd ask about what, one line for each target. A line costs the main thread about as much as
// the check itself, so by default only denials have one. LOG_LEVEL does not silence it.
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Check, CheckResult } from '../check/result.ts';
import type { Denial } from '../check/checker.ts';

export type AuditMode = 'none' | 'denied' | 'all';

/** Writes what `result` came to for `request`; a denial that is only reported has a rule and another outcome. */
export type Audit = (request: FastifyRequest, check: Check, result: CheckResult, denial: Denial | null) => void;

/** null: nothing is to be written. */
export function createAudit(logger: FastifyBaseLogger, mode: AuditMode): Audit | null {
  if (mode === 'none') return null;
  const log = logger.child({}, { level: 'info' });
  return (request, check, result, denial) => {
    if (mode === 'denied' && denial === null) return;
    const line = {
      reqId: request.id,
      principal: request.principal ?? 'anonymous',
      from: request.ip,
      target: check.target.text,
      address: denial?.address ?? result.address,
      rule: denial?.rule ?? null,
      outcome: result.outcome,
    };
    log.info(line, 'audit');
  };
}
