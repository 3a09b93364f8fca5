// The audit log: who asked for which target, one line for each. A line costs the main thread about as much as the check
// itself, so by default only denials get one; `failed` adds what is not as expected. LOG_LEVEL does not silence it.
import type { Logger } from 'pino';
import type { CheckObserver } from '../check/observer.ts';

export type AuditMode = 'none' | 'denied' | 'failed' | 'all';

/** Logs the result of each check that `mode` covers; null for `none`. */
export function createAudit(logger: Logger, mode: AuditMode): CheckObserver | null {
  if (mode === 'none') return null;
  const log = logger.child({}, { level: 'info' });
  return {
    // With POLICY_MODE=report a denial has a rule, and the outcome is not `denied`.
    settled(asker, check, result, denial) {
      if (denial === null && (mode === 'denied' || (mode === 'failed' && result.ok))) return;
      const line = {
        reqId: asker.id,
        principal: asker.principal ?? 'anonymous',
        from: asker.from,
        via: asker.via,
        target: check.target.text,
        address: denial?.address ?? result.address,
        rule: denial?.rule ?? null,
        outcome: result.outcome,
        cause: result.cause,
      };
      log.info(line, 'audit');
    },
  };
}
