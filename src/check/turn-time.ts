// How long each of those who have much to do on the main thread goes on in one turn of its event loop. libuv takes in one
// connection a turn: where many callers come at once, the last of them waits for as many turns as there are others before
// him. So while connections come in, work pauses for most turns, and those are short.
import { performance } from 'node:perf_hooks';

export const PART_MS = 2.5;
/** While connections come in: so long, and then nothing for a while, longer for what is large. */
const SHORT_PART_MS = 1;
export const PAUSE_MS = 5;
export const LONG_PAUSE_MS = 20;

export class TurnTime {
  /** Turns until it is certain that no connection waits: this one, and the next if none comes in it. */
  #turnsLeft = 0;

  /** A connection came in: there may be another one behind it. */
  noteConnection(): void {
    if (this.#turnsLeft === 0) setImmediate(this.#count);
    this.#turnsLeft = 2;
  }

  /** Whether connections come in. */
  get isShort(): boolean {
    return this.#turnsLeft > 0;
  }

  /**
   * What each has of this turn, in milliseconds. `workedAt`: when it has worked last, of performance.now(); `pauseMs`: how long
   * it pauses while connections come in.
   */
  partMs(workedAt: number, pauseMs: number): number {
    if (!this.isShort) return PART_MS;
    return performance.now() - workedAt < pauseMs ? 0 : SHORT_PART_MS;
  }

  readonly #count = (): void => {
    if (--this.#turnsLeft > 0) setImmediate(this.#count);
  };
}
