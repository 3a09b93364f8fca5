// A caller that is refused for want of room, and asks again at once and on many connections, would have the main thread do
// nothing but refuse. So a caller's refusals go out one a second, as each of them tells it to come again: the first ones at
// once, the others later.
import { LRUCache } from 'lru-cache';

/** Of one caller: so many at once, and then one every so often. */
const AT_ONCE = 2;
const EVERY_MS = 1000;
/** None is later than that. */
export const MOST_LATE_MS = 5000;
/** Callers that are remembered. One that is forgotten begins anew. */
const MAX_KEPT = 1000;

export class SlowRefusals {
  /** By caller: when its next refusal would go out if each took its time. */
  readonly #next = new LRUCache<string, number>({ max: MAX_KEPT });

  /** How much later a refusal of `caller` goes out, in milliseconds. `now` in milliseconds. */
  delayMs(caller: string, now: number): number {
    const next = Math.max(now - (AT_ONCE - 1) * EVERY_MS, this.#next.get(caller) ?? -Infinity);
    const delayMs = Math.min(MOST_LATE_MS, Math.max(0, next - now));
    this.#next.set(caller, Math.min(next + EVERY_MS, now + MOST_LATE_MS));
    return delayMs;
  }
}
