// Summarizes repeated attempts: ping(8)'s figures, and percentiles. Pure.
import type { Outcome } from './outcome.ts';
import type { AttemptReport, OutcomeCounts, Stats } from './result.ts';

/** As much of an attempt as figures are made of. */
export type Decided = Pick<AttemptReport, 'outcome' | 'latencyMs' | 'synRetransmits'>;

/**
 * `decided` are the attempts that decided their rounds. A question that was not put counts among `outcomes` alone; what
 * somebody answered, whatever it was, is not lost.
 */
export function summarize(decided: readonly Decided[]): Stats {
  const asked = decided.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'cancelled');
  const silent = asked.filter(({ outcome }) => outcome === 'timeout').length;
  const latencies = asked.filter(({ outcome }) => outcome === 'open').map(({ latencyMs }) => latencyMs ?? 0);
  return {
    sent: asked.length,
    open: latencies.length,
    lossPercent: asked.length === 0 ? 0 : roundMs((100 * silent) / asked.length),
    ...summarizeLatencies(latencies),
    synRetransmits: decided.reduce((sum, { synRetransmits }) => sum + synRetransmits, 0),
    outcomes: countOutcomes(decided),
  };
}

export function countOutcomes(them: readonly { readonly outcome: Outcome }[]): OutcomeCounts {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of them) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

type LatencyFigures = Pick<Stats, 'minMs' | 'avgMs' | 'p50Ms' | 'p95Ms' | 'maxMs' | 'stddevMs'>;

function summarizeLatencies(latencies: readonly number[]): LatencyFigures {
  const sorted = [...latencies].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, latency) => sum + latency, 0) / sorted.length;
  const variance = sorted.reduce((sum, latency) => sum + (latency - mean) ** 2, 0) / sorted.length;
  return {
    minMs: roundMs(sorted[0]),
    avgMs: roundMs(mean),
    p50Ms: roundMs(percentile(sorted, 50)),
    p95Ms: roundMs(percentile(sorted, 95)),
    maxMs: roundMs(sorted.at(-1)),
    stddevMs: roundMs(Math.sqrt(variance)),
  };
}

/** The nearest-rank percentile: the smallest value that at least `percent` % of the values do not exceed. */
function percentile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** Milliseconds with at most three decimals; null for undefined and NaN. */
export function roundMs<T extends number | undefined>(ms: T): T extends number ? number : number | null;
export function roundMs(ms: number | undefined): number | null {
  return ms === undefined || Number.isNaN(ms) ? null : Math.round(ms * 1000) / 1000;
}
