// The phase after an open connect, where the caller asked for one: hands are shaken on the connection that decides, and
// every other one is closed. An attempt keeps its outcome; its cause says what is wrong about the rest.
import type { Plan, Securing } from './attempt.ts';
import { finding, type Finding } from './outcome.ts';
import type { AttemptReport } from './result.ts';
import type { TlsAnswer, TlsPhase } from './tls.ts';

/** What stands for a handshake on a connection that the target had reset before it could begin. */
const NEVER_BEGUN: TlsAnswer = {
  report: {
    outcome: 'reset',
    durationMs: 0,
    queuedMs: 0,
    protocol: null,
    cipher: null,
    alpn: null,
    certificate: null,
  },
  cause: finding('open', 'tls', 'ECONNRESET', 'the target reset the connection before the TLS handshake').cause,
};

/** Gives `asking` what its rounds need for TLS; or says why this process has none. Never rejects. */
export async function prepareTls(
  asking: { securing: Securing | null },
  load: (() => Promise<TlsPhase>) | undefined,
): Promise<Finding | null> {
  try {
    if (load === undefined) return finding('failed', 'local', 'tls', 'this reachd shakes no hands');
    asking.securing = { phase: await load(), connections: new Map() };
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return finding('failed', 'local', 'tls', `TLS cannot be had: ${why}`);
  }
}

/** The report of an attempt, with what its handshake came to if it is open. Never rejects. */
export async function secure(plan: Plan, securing: Securing, report: AttemptReport): Promise<AttemptReport> {
  const { check, waiting } = plan;
  if (check.options.tls === null || report.outcome !== 'open') return { ...report, tls: null };
  const open = securing.connections.get(report);
  securing.connections.delete(report);
  const answer =
    open === undefined
      ? NEVER_BEGUN
      : await securing.phase.shakeHands(open, check.target.host, check.options.tls, waiting);
  if ('report' in answer) return { ...report, tls: answer.report, cause: answer.cause };
  // What was asked for was not answered to the end.
  return { ...report, outcome: answer.outcome, cause: answer.cause, tls: null };
}

/** The same after a race: hands are shaken with the winner alone, the first that is open. */
export async function secureWinner(plan: Plan, securing: Securing, reports: AttemptReport[]): Promise<AttemptReport[]> {
  const winner = reports.find(({ outcome }) => outcome === 'open');
  for (const [report, { connection }] of securing.connections) {
    if (report === winner) continue;
    connection.close();
    securing.connections.delete(report);
  }
  const secured = winner === undefined ? undefined : await secure(plan, securing, winner);
  return reports.map((report) => (report === winner ? secured : undefined) ?? { ...report, tls: null });
}
