// Summarizes repeated attempts: ping(8)'s figures, and percentiles. Pure.
import type { Stats } from './result.ts';

/** `latencies` are those of the open attempts, in milliseconds; `sent` counts every repetition. */
export function summarize(sent: number, latencies: readonly number[]): Stats {
  const sorted = [...latencies].sort((a, b) => a - b);
  const open = sorted.length;
  const lossPercent = sent === 0 ? 0 : roundMs((100 * (sent - open)) / sent);
  const mean = sorted.reduce((sum, latency) => sum + latency, 0) / open;
  const variance = sorted.reduce((sum, latency) => sum + (latency - mean) ** 2, 0) / open;
  return {
    sent,
    open,
    lossPercent,
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
