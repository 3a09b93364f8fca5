// Limits what one caller may ask for: attempts a second, and checks at a time. It counts targets and not requests, because
// one request may have ten thousand, and attempts, because a target may have a thousand addresses. A request that is known as a whole is refused; a stream's lines are made to wait. A
// caller is a name here; it must not know where the name comes from.
import { monotonicMs } from '../clock.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Check } from '../check/result.ts';
import { Pause, type Wait, WaitingLine } from '../check/waiting-line.ts';

export interface CallerLimitOptions {
  /** 0: any number. */
  readonly targetsPerSecond: number;
  /** Attempts at once, after a pause; 0: as many as a second's. */
  readonly burst: number;
  /** Checks of one caller that have no result yet; 0: any number. */
  readonly maxQueued: number;
}

/** A caller's limit is reached. Thrown before any work. */
export class RateLimitedError extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.name = 'RateLimitedError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** The number of callers at which the first sweep comes. */
const FIRST_SWEEP = 1000;
const A_SECOND_MS = 1000;

export class CallerLimits {
  readonly #options: CallerLimitOptions;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #queued = new Map<string, number>();
  /** Streams whose caller has as many checks waiting as it may. */
  readonly #room = new WaitingLine();
  #sweepAt = FIRST_SWEEP;

  constructor(options: CallerLimitOptions) {
    this.#options = options;
  }

  /** Callers that are remembered. */
  get size(): number {
    return Math.max(this.#buckets.size, this.#queued.size);
  }

  /**
   * Counts a caller's checks in, all or none; a target asked `count` times counts as often towards the rate. Throws
   * RateLimitedError. `width`: what each check counts for, with all its results. Returns what was charged. Call `release` once they have their results.
   */
  admit(caller: string, checks: readonly Check[], width = 1): number {
    const { targetsPerSecond, maxQueued } = this.#options;
    const queued = (this.#queued.get(caller) ?? 0) + checks.length * width;
    if (maxQueued > 0 && queued > maxQueued) {
      throw new RateLimitedError(
        `This caller would have ${queued} checks waiting, of at most ${maxQueued}.`,
        A_SECOND_MS,
      );
    }
    const attempts = width * checks.reduce((sum, { options }) => sum + options.count, 0);
    const waitMs = this.#take(caller, attempts);
    if (waitMs > 0) {
      throw new RateLimitedError(`This caller may ask for ${targetsPerSecond} targets a second.`, waitMs);
    }
    if (maxQueued > 0) this.#queued.set(caller, queued);
    return attempts;
  }

  /**
   * Charges attempts that nobody could foresee, for which the caller has to wait afterwards: the addresses of names. Below 0
   * they are given back: they were not made.
   */
  charge(caller: string, attempts: number): void {
    if (this.#options.targetsPerSecond > 0) this.#bucketOf(caller, monotonicMs()).owe(attempts);
  }

  /** Counts one check in, or says what it has to wait for. It is counted out by `release`. */
  enter(caller: string, check: Check, width = 1): Wait | null {
    const { maxQueued } = this.#options;
    const queued = (maxQueued > 0 ? (this.#queued.get(caller) ?? 0) : 0) + width;
    if (maxQueued > 0 && queued > maxQueued) return this.#room;
    const waitMs = this.#take(caller, check.options.count * width);
    if (waitMs > 0) return new Pause(waitMs);
    if (maxQueued > 0) this.#queued.set(caller, queued);
    return null;
  }

  /** Counts checks out, once they have their results. */
  release(caller: string, checks: number): void {
    if (this.#options.maxQueued === 0 || checks === 0) return;
    const left = (this.#queued.get(caller) ?? 0) - checks;
    if (left > 0) this.#queued.set(caller, left);
    else this.#queued.delete(caller);
    this.#room.wake();
  }

  /** Takes so many attempts from the caller's rate. Returns 0, or in how many milliseconds there is enough. */
  #take(caller: string, attempts: number): number {
    if (this.#options.targetsPerSecond === 0) return 0;
    const now = monotonicMs();
    return this.#bucketOf(caller, now).take(attempts, now);
  }

  #bucketOf(caller: string, now: number): TokenBucket {
    const { targetsPerSecond, burst } = this.#options;
    let bucket = this.#buckets.get(caller);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#sweepAt) this.#sweep(now);
      bucket = new TokenBucket(targetsPerSecond, burst === 0 ? targetsPerSecond : burst, now);
      this.#buckets.set(caller, bucket);
    }
    return bucket;
  }

  /** Forgets full buckets: a new one would serve as well. The next sweep comes at twice the number, which spreads the cost. */
  #sweep(now: number): void {
    for (const [caller, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(caller);
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#buckets.size);
  }
}
