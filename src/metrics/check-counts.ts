// Counts what the checker tells. Each method runs in the middle of a check, so it adds to what is there already and makes
// nothing new.
import type { Lookup } from '../check/lookup.ts';
import type { CheckObserver } from '../check/observer.ts';
import { type Outcome, OUTCOMES } from '../check/outcome.ts';
import { type AttemptReport, type CheckResult, FAMILIES, type Family } from '../check/result.ts';
import { DurationHistogram } from './duration-histogram.ts';

/** The row of each outcome in an array of counts. */
const ROWS = Object.fromEntries(OUTCOMES.map((outcome, row) => [outcome, row])) as Readonly<Record<Outcome, number>>;

/** What an attempt can come to: without an address, or with one that is denied, there is none. */
const OF_ATTEMPTS = OUTCOMES.filter((outcome) => outcome !== 'unresolved' && outcome !== 'denied');

export class CheckCounts implements CheckObserver {
  readonly latency = new DurationHistogram();
  readonly rtt = new DurationHistogram();
  readonly queued = new DurationHistogram();
  /** Of lookups that asked the system, and of those whose answer was still known. */
  readonly lookups = { asked: new DurationHistogram(), cached: new DurationHistogram() };
  readonly #checks = new Float64Array(OUTCOMES.length);
  readonly #attempts: Readonly<Record<Family, Float64Array>> = {
    ipv4: new Float64Array(OUTCOMES.length),
    ipv6: new Float64Array(OUTCOMES.length),
  };
  #synRetransmits = 0;

  lookup({ durationMs, cached }: Lookup): void {
    (cached ? this.lookups.cached : this.lookups.asked).observe(durationMs);
  }

  attempt({ outcome, family, latencyMs, rttMs, queuedMs, synRetransmits }: AttemptReport): void {
    increment(this.#attempts[family], outcome);
    if (latencyMs !== null) this.latency.observe(latencyMs);
    if (rttMs !== null) this.rtt.observe(rttMs);
    this.queued.observe(queuedMs);
    this.#synRetransmits += synRetransmits;
  }

  settled(_asker: unknown, _check: unknown, { outcome }: CheckResult): void {
    increment(this.#checks, outcome);
  }

  /** Every outcome, also those that have not occurred: a counter that is not there cannot be seen to rise. */
  get checks(): readonly { readonly outcome: Outcome; readonly count: number }[] {
    return OUTCOMES.map((outcome) => ({ outcome, count: this.#checks[ROWS[outcome]] ?? 0 }));
  }

  get attempts(): readonly { readonly outcome: Outcome; readonly family: Family; readonly count: number }[] {
    return FAMILIES.flatMap((family) =>
      OF_ATTEMPTS.map((outcome) => ({ outcome, family, count: this.#attempts[family][ROWS[outcome]] ?? 0 })),
    );
  }

  get synRetransmits(): number {
    return this.#synRetransmits;
  }
}

function increment(counts: Float64Array, outcome: Outcome): void {
  const row = ROWS[outcome];
  counts[row] = (counts[row] ?? 0) + 1;
}
