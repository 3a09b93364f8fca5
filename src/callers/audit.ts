// The audit log: who had reachd ask about what, one line for each target. A line costs the main thread about as much as
// the check itself, so by default only denials have one. LOG_LEVEL does not silence it.
import type { Logger } from 'pino';
import type { CheckObserver } from '../check/observer.ts';

export type AuditMode = 'none' | 'denied' | 'all';

/** Writes what each check came to, by the audit's mode; null where nothing is to be written. */
export function createAudit(logger: Logger, mode: AuditMode): CheckObserver | null {
  if (mode === 'none') return null;
  const log = logger.child({}, { level: 'info' });
  return {
    // A denial that is only reported has a rule and another outcome.
    settled(asker, check, result, denial) {
      if (mode === 'denied' && denial === null) return;
      const line = {
        reqId: asker.id,
        principal: asker.principal ?? 'anonymous',
        from: asker.from,
        target: check.target.text,
        address: denial?.address ?? result.address,
        rule: denial?.rule ?? null,
        outcome: result.outcome,
      };
      log.info(line, 'audit');
    },
  };
}
