// A token bucket: a rate a second and a burst. Pure: the caller passes the time. Both threads use it: the main thread
// limits each caller's targets with it, the reactor limits its connects.

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** The bucket is full at `now`, in milliseconds. `perSecond` and `burst` are above 0. */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes `count` tokens, all or none. Returns 0 when it took them, else the milliseconds until there are enough. */
  take(count: number, now: number): number {
    this.#refill(now);
    // The bucket never holds more than the burst. A larger `count` passes when the bucket is full and leaves it in debt.
    const needed = Math.min(count, this.#burst);
    if (this.#tokens < needed) return ((needed - this.#tokens) * 1000) / this.#perSecond;
    this.#tokens -= count;
    return 0;
  }

  /** Takes `count` tokens that are used already, whether there are so many or not. Below 0: gives so many back, unused. */
  owe(count: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens - count);
  }

  /** Whether the bucket is full again, so that a new one would serve as well. */
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
