// The places in flight, and how many of them one caller may have. Silent targets keep a place for seconds, so no caller may
// have all of them, however much it asks for.
import { placesFor, SHARE } from './protocol.ts';

export class Places {
  readonly #maxInFlight: number;
  readonly #places: number;
  /** Attempts that have a place. */
  taken = 0;

  /** One caller may have `maxInFlight` attempts in flight where nobody else has any. */
  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
    this.#places = placesFor(maxInFlight);
  }

  /**
   * How many places a caller may have and still take one more; 0 when none is free. Each free place allows SHARE to
   * everybody: as long as fewer than SHARE callers want all they can get, one is left for a caller that wants little.
   */
  get maxEach(): number {
    return Math.min(this.#maxInFlight, (this.#places - this.taken) * SHARE);
  }
}
