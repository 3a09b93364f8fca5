// How fast the reactor may start connects: so many a turn, and so many a second where the configuration limits them. It
// does not know what is started.
import { monotonicMs } from '../clock.ts';
import type { TokenBucket } from '../token-bucket.ts';

/**
 * How many connects a turn starts before it looks at events again. More of them make a burst look slow: the first has
 * its answer long before the last is started. Fewer buy no precision and cost a wait(2) each.
 */
const STARTS_A_TURN = 8;

export class Pace {
  readonly #connectRate: TokenBucket | null;
  readonly #startsATurn: number;
  #startsLeft = 0;
  #heldUntil = Infinity;

  /** `connectRate`: each start takes a token; null for any number of starts. */
  constructor(connectRate: TokenBucket | null, startsATurn = STARTS_A_TURN) {
    this.#connectRate = connectRate;
    this.#startsATurn = startsATurn;
  }

  /** The instant before which the rate allows no start, in monotonic milliseconds; Infinity when it holds up none. */
  get heldUntil(): number {
    return this.#heldUntil;
  }

  beginTurn(): void {
    this.#startsLeft = this.#startsATurn;
    this.#heldUntil = Infinity;
  }

  /** Whether the turn may start one more connect, which is paid for then. Ask only when there is one to start. */
  takeStart(): boolean {
    if (this.#startsLeft === 0) return false;
    this.#startsLeft--;
    return this.#connectRate === null || this.#pay(this.#connectRate);
  }

  #pay(connectRate: TokenBucket): boolean {
    const now = monotonicMs();
    const waitMs = connectRate.take(1, now);
    if (waitMs > 0) this.#heldUntil = now + waitMs;
    return waitMs === 0;
  }
}
