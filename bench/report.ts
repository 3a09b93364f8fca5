// What one round of one contender reports, and how each figure is written. Rows, contenders and the table share these
// names; nothing here measures.

/** Every figure that the bench knows. Times are milliseconds where the name says so. */
export const FIGURES = {
  checksPerSecond: { label: 'checks/s', digits: 0 },
  processorUs: { label: 'processor µs a check', digits: 1 },
  requestsPerSecond: { label: 'requests/s', digits: 0 },
  latencyP50Ms: { label: 'latencyMs p50', digits: 3 },
  latencyP99Ms: { label: 'latencyMs p99', digits: 3 },
  rttP50Ms: { label: 'rttMs p50', digits: 3 },
  rttP99Ms: { label: 'rttMs p99', digits: 3 },
  requestP99Ms: { label: 'request p99, ms', digits: 2 },
  latenessP99Ms: { label: 'lateness p99, ms', digits: 2 },
  corePercent: { label: '% of a core while waiting', digits: 2 },
  heapBytes: { label: 'JS heap a check, main thread, B', digits: 0 },
  workerHeapBytes: { label: 'JS heap a check, worker, B', digits: 0 },
  residentMb: { label: 'resident, MB', digits: 1 },
  peakMb: { label: 'resident at its peak, MB', digits: 1 },
  overIdealMs: { label: 'beyond the ideal, ms', digits: 0 },
  readyMs: { label: 'start to ready, ms', digits: 0 },
  worstHealthMs: { label: 'worst /livez, ms', digits: 1 },
  workerCalls: { label: 'system calls of the worker in 10 s', digits: 0 },
} as const;
export type Figure = keyof typeof FIGURES;

/** The figures of one round. `odd` counts checks that did not end as the row's target makes them, by outcome. */
export type Report = Readonly<Partial<Record<Figure, number>>> & { readonly odd?: Readonly<Record<string, number>> };

/** A contender could not run for want of a tool; its lines of the table say which. */
export class MissingTool extends Error {}

/** The middle value; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? NaN) + (sorted[Math.floor(half)] ?? NaN)) / 2;
}

/** The value that `share` (0..1) of all values do not exceed. NaN of none. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
