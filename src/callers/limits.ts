// Limits what one caller may ask for: targets a second, and checks at a time. It counts targets and not requests, because
// one request may have ten thousand. A request that is known as a whole is refused; a stream's lines are made to wait. A
// caller is a name here; it must not know where the name comes from.
import { monotonicMs } from '../clock.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Check } from '../check/result.ts';
import { Pause, type Wait, WaitingLine } from '../check/waiting-line.ts';

export interface CallerLimitOptions {
  /** 0: any number. */
  readonly targetsPerSecond: number;
  /** Targets at once, after a pause; 0: as many as a second's. */
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
   * RateLimitedError. Call what it returns once they have their results: it counts them out.
   */
  admit(caller: string, checks: readonly Check[]): () => void {
    const { targetsPerSecond, maxQueued } = this.#options;
    const queued = (this.#queued.get(caller) ?? 0) + checks.length;
    if (maxQueued > 0 && queued > maxQueued) {
      throw new RateLimitedError(
        `This caller would have ${queued} checks waiting, of at most ${maxQueued}.`,
        A_SECOND_MS,
      );
    }
    const waitMs = this.#charge(caller, checks);
    if (waitMs > 0) {
      throw new RateLimitedError(`This caller may ask for ${targetsPerSecond} targets a second.`, waitMs);
    }
    if (maxQueued === 0) return () => undefined;
    this.#queued.set(caller, queued);
    return () => this.release(caller, checks.length);
  }

  /** Counts one check in, or says what it has to wait for. It is counted out by `release`. */
  enter(caller: string, check: Check): Wait | null {
    const { maxQueued } = this.#options;
    const queued = (maxQueued > 0 ? (this.#queued.get(caller) ?? 0) : 0) + 1;
    if (maxQueued > 0 && queued > maxQueued) return this.#room;
    const waitMs = this.#charge(caller, [check]);
    if (waitMs > 0) return new Pause(waitMs);
    if (maxQueued > 0) this.#queued.set(caller, queued);
    return null;
  }

  /** Counts checks out, once they have their results. */
  release(caller: string, checks: number): void {
    if (this.#options.maxQueued === 0) return;
    const left = (this.#queued.get(caller) ?? 0) - checks;
    if (left > 0) this.#queued.set(caller, left);
    else this.#queued.delete(caller);
    this.#room.wake();
  }

  /** Takes what `checks` cost from the caller's rate. Returns 0, or in how many milliseconds there is enough. */
  #charge(caller: string, checks: readonly Check[]): number {
    const { targetsPerSecond, burst } = this.#options;
    if (targetsPerSecond === 0) return 0;
    const now = monotonicMs();
    let bucket = this.#buckets.get(caller);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#sweepAt) this.#sweep(now);
      bucket = new TokenBucket(targetsPerSecond, burst === 0 ? targetsPerSecond : burst, now);
      this.#buckets.set(caller, bucket);
    }
    const cost = checks.reduce((sum, { options }) => sum + options.count, 0);
    return bucket.take(cost, now);
  }

  /** Forgets full buckets: a new one would serve as well. The next sweep comes at twice the number, which spreads the cost. */
  #sweep(now: number): void {
    for (const [caller, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(caller);
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#buckets.size);
  }
}
