// How many targets a stream asks ahead of its answers. Each that waits in the reactor's queue costs memory, and the
// garbage collector twice the time of its check, and it makes nothing faster; each that is in flight does. So the pace
// follows what is in flight: with silent targets it goes up to any window, with quick ones it stays low. Pure.

/**
 * Enough to keep the reactor busy from one turn of this thread to the next: few where turns are short, for the garbage
 * collector copies each of them, and so many where other callers make turns long.
 */
const LEAST = 32;
const MOST_LEAST = 256;
/** Turns of the event loop, in milliseconds. */
const SHORT_TURN_MS = 2;
const LONG_TURN_MS = 4;

export class StreamPace {
  /** Targets without an answer that there may be. */
  ahead: number;
  readonly #bounds: readonly [least: number, most: number];
  #least: number;
  #queuedMs = 0;
  #turns = 0;

  /**
   * `least` and `most`: what is asked ahead where nothing is in flight. Infinity: others are asked, and no reactor of ours; the
   * caller's window alone sets the pace.
   */
  constructor(least = LEAST, most = Math.max(least, MOST_LEAST)) {
    this.ahead = this.#least = least;
    this.#bounds = [least, most];
  }

  /** An answer came, whose attempts waited inside reachd for `queuedMs`. */
  answered(queuedMs: number): void {
    this.#queuedMs += queuedMs;
  }

  /** A turn of the event loop has come to the stream, which had something to do. */
  turned(): void {
    this.#turns++;
  }

  /**
   * Sets the pace for the next while, `ms` after the last time: twice what is in flight. By Little's law what is queued is
   * the rate of answers times their wait, and the rest of the `unanswered` targets is in flight.
   */
  adjust(unanswered: number, ms: number): void {
    const [least, most] = this.#bounds;
    if (this.#turns < ms / LONG_TURN_MS) this.#least = Math.min(most, 2 * this.#least);
    else if (this.#turns > ms / SHORT_TURN_MS) this.#least = Math.max(least, this.#least / 2);
    const inFlight = Math.max(0, unanswered - this.#queuedMs / ms);
    this.ahead = this.#least + 2 * inFlight;
    this.#queuedMs = 0;
    this.#turns = 0;
  }
}
