// Counts requests by the route that took them, never by their URL: a caller must not be able to make a series.
import { DurationHistogram } from './duration-histogram.ts';

/** What a caller may call its method is wider than what routes take; the rest is one label. */
const METHODS = ['GET', 'HEAD', 'POST', 'other'] as const;
type Method = (typeof METHODS)[number];
/** The caller left before it had its reply. nginx's number for that: HTTP has none. */
const LEFT = 499;

interface RouteCounts {
  readonly durations: DurationHistogram;
  /** By `code * METHODS.length` and the method's row: one key for both, because a number is made without a string. */
  readonly replies: Map<number, number>;
}

export class HttpCounts {
  readonly #routes = new Map<string, RouteCounts>();

  /** A request is over. `route`: its pattern; `code` null: the caller left before the reply. */
  count(route: string, method: string, code: number | null, durationMs: number): void {
    let counts = this.#routes.get(route);
    if (counts === undefined) {
      counts = { durations: new DurationHistogram(), replies: new Map() };
      this.#routes.set(route, counts);
    }
    counts.durations.observe(durationMs);
    const key = (code ?? LEFT) * METHODS.length + rowOf(method);
    counts.replies.set(key, (counts.replies.get(key) ?? 0) + 1);
  }

  get requests(): readonly { route: string; method: Method; code: string; count: number }[] {
    return [...this.#routes].flatMap(([route, { replies }]) =>
      [...replies].map(([key, count]) => ({
        route,
        method: METHODS[key % METHODS.length] ?? 'other',
        code: String(Math.floor(key / METHODS.length)),
        count,
      })),
    );
  }

  get durations(): readonly { readonly route: string; readonly durations: DurationHistogram }[] {
    return [...this.#routes].map(([route, { durations }]) => ({ route, durations }));
  }
}

function rowOf(method: string): number {
  const row = METHODS.indexOf(method as Method);
  return row < 0 ? METHODS.length - 1 : row;
}
