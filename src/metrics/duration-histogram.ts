// A histogram of durations in fields of its own: to observe one is a short search and two additions, so that it may be done
// for each attempt. prom-client's own makes an object and a string of labels each time.

/** Upper bounds in seconds, from a connect within a host to the longest timeout that is set by default. */
const BOUNDS_SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
const BOUNDS_MS = Float64Array.from(BOUNDS_SECONDS, (seconds) => seconds * 1000);

export class DurationHistogram {
  /** How many fell between one bound and the next; the last is beyond all of them. */
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1);
  #sumMs = 0;

  observe(ms: number): void {
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs += ms;
  }

  get sumSeconds(): number {
    return this.#sumMs / 1000;
  }

  /** How many were at most each bound, as Prometheus counts them; the last bound is infinite. */
  get buckets(): readonly { readonly boundSeconds: number; readonly count: number }[] {
    let count = 0;
    return Array.from(this.#counts, (more, i) => {
      count += more;
      return { boundSeconds: BOUNDS_SECONDS[i] ?? Infinity, count };
    });
  }
}
