// A check's rounds: one, or `count` of them at an interval, each with a deadline of its own.
import { monotonicMs } from '../clock.ts';
import { onAbort } from './on-abort.ts';
import { decide, isExpected, resultOf } from './report.ts';
import type { AttemptReport, Check, CheckResult, DnsReport } from './result.ts';
import { summarize } from './stats.ts';

type Round = (deadline: number) => Promise<AttemptReport[]>;

/**
 * Makes the rounds of `check` and concludes from them. `round` makes the attempts of one, by a deadline in monotonic
 * milliseconds; the first round's is `deadline`, each later one has the whole timeout again. Rounds start `intervalMs`
 * apart, or as soon as the one before has ended. The first round that is not as expected decides, else the last.
 */
export function concludeRounds(
  check: Check,
  dns: DnsReport | null,
  round: Round,
  deadline: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (check.options.count > 1) return concludeMany(check, dns, round, deadline, signal);
  return round(deadline).then((reports) => resultOf(check, dns, reports, decide(reports, check.options)));
}

async function concludeMany(
  check: Check,
  dns: DnsReport | null,
  round: Round,
  deadline: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { options } = check;
  let startedAt = monotonicMs();
  const rounds = [await round(deadline)];
  while (rounds.length < options.count && (await pauseUntil(startedAt + options.intervalMs, signal))) {
    startedAt = monotonicMs();
    rounds.push(await round(startedAt + options.timeoutMs));
  }
  const decided = rounds.map((reports) => decide(reports, options)).filter((report) => report !== null);
  const decisive = decided.find(({ outcome }) => !isExpected(outcome, options.expect)) ?? decided.at(-1) ?? null;
  // A question that was not put is not lost.
  const asked = decided.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'cancelled');
  const latencies = decided.filter(({ outcome }) => outcome === 'open').map(({ latencyMs }) => latencyMs ?? 0);
  return { ...resultOf(check, dns, rounds.flat(), decisive), stats: summarize(asked.length, latencies) };
}

/** Whether the instant came before the caller left. */
function pauseUntil(instant: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(true), Math.max(0, instant - monotonicMs()));
    const forget = onAbort(signal, () => settle(false));
    function settle(came: boolean): void {
      clearTimeout(timer);
      forget();
      resolve(came);
    }
  });
}
