// Results as they come from the worker, a few milliseconds' worth in each turn of the main thread's event loop: thousands of
// attempts may end at one instant, and each goes on with its check. It knows neither results nor attempts.
import { monotonicMs } from '../clock.ts';

const A_TURN_MS = 5;

export class Inbox {
  readonly #take: (batch: ArrayBuffer) => void;
  /** Those that have to wait, the oldest first. */
  readonly #waiting: ArrayBuffer[] = [];
  /** When this turn's part is over; null before its first batch. */
  #until: number | null = null;

  constructor(take: (batch: ArrayBuffer) => void) {
    this.#take = take;
  }

  /** Takes the batch now, or in a later turn, in order. What a batch sets off comes after it, and counts for the next. */
  readonly add = (batch: ArrayBuffer): void => {
    if (this.#until === null) {
      this.#until = monotonicMs() + A_TURN_MS;
      setImmediate(this.#turn);
    }
    if (this.#waiting.length > 0 || monotonicMs() >= this.#until) this.#waiting.push(batch);
    else this.#take(batch);
  };

  /** The worker is gone: takes its last words now. */
  flush(): void {
    for (const batch of this.#waiting.splice(0)) this.#take(batch);
  }

  /** One batch a turn, until none waits: those that come meanwhile stand behind it. */
  readonly #turn = (): void => {
    this.#until = null;
    const batch = this.#waiting.shift();
    if (batch === undefined) return;
    this.#until = monotonicMs() + A_TURN_MS;
    setImmediate(this.#turn);
    this.#take(batch);
  };
}
