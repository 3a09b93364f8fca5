// What a round's checks have come to. Its arrays are as long as the round, so that counting costs nothing in between.
import { percentile, type Report } from '../report.ts';

/** How one check ended. */
export interface Seen {
  readonly outcome: string;
  readonly latencyMs: number;
  readonly rttMs: number | null;
}

export class Tally {
  readonly #expected: string;
  readonly #latencies: Float64Array;
  readonly #rtts: number[] = [];
  readonly #odd = new Map<string, number>();
  readonly #processor = process.cpuUsage();
  #count = 0;

  /** For `size` checks, each of which has to end as `expected`. */
  constructor(size: number, expected: string) {
    this.#expected = expected;
    this.#latencies = new Float64Array(size);
  }

  get count(): number {
    return this.#count;
  }

  note({ outcome, latencyMs, rttMs }: Seen): void {
    this.#latencies[this.#count++] = latencyMs;
    if (rttMs !== null) this.#rtts.push(rttMs);
    if (outcome !== this.#expected) this.#odd.set(outcome, (this.#odd.get(outcome) ?? 0) + 1);
  }

  /** What there was of checks since this tally was made, all threads' time included. */
  report(seconds: number): Report {
    const { user, system } = process.cpuUsage(this.#processor);
    const latencies = this.#latencies.subarray(0, this.#count);
    return {
      checksPerSecond: this.#count / seconds,
      processorUs: (user + system) / this.#count,
      latencyP50Ms: percentile(latencies, 0.5),
      latencyP99Ms: percentile(latencies, 0.99),
      ...(this.#rtts.length > 0 && { rttP50Ms: percentile(this.#rtts, 0.5), rttP99Ms: percentile(this.#rtts, 0.99) }),
      odd: Object.fromEntries(this.#odd),
    };
  }
}
