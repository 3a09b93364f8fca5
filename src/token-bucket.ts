// A token bucket: so many a second, with a burst. Pure; whoever asks brings the time. It is nobody's room: callers'
// targets are counted with it on the main thread, and SYNs in the reactor.

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** Full at `now` (milliseconds). Both figures are above 0. */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes `count` tokens, all or none. Returns 0 when it did, else in how many milliseconds there will be enough. */
  take(count: number, now: number): number {
    this.#refill(now);
    // More than the burst can never be there at once: it is let through when the bucket is full, and owed.
    const needed = Math.min(count, this.#burst);
    if (this.#tokens < needed) return ((needed - this.#tokens) * 1000) / this.#perSecond;
    this.#tokens -= count;
    return 0;
  }

  /** Whether nothing has been taken for so long that a new bucket would be the same. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#burst;
  }

  #refill(now: number): void {
    const earned = (Math.max(0, now - this.#at) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#at = Math.max(this.#at, now);
  }
}
