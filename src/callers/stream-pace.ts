// How many targets a stream asks ahead of its answers. Each that waits in the reactor's queue costs memory, and the
// garbage collector twice the time of its check, and it makes nothing faster; each that is in flight does. So the pace
// follows what is in flight: with silent targets it goes up to any window, with quick ones it stays low. Pure.

/** Enough to keep the reactor busy from one turn of this thread to the next. */
const LEAST = 256;

export class StreamPace {
  /** Targets without an answer that there may be. */
  ahead: number;
  readonly #least: number;
  #queuedMs = 0;

  /** Infinity: others are asked, and no reactor of ours; the caller's window alone sets the pace. */
  constructor(least = LEAST) {
    this.ahead = this.#least = least;
  }

  /** An answer came, whose attempts waited inside reachd for `queuedMs`. */
  answered(queuedMs: number): void {
    this.#queuedMs += queuedMs;
  }

  /**
   * Sets the pace for the next while, `ms` after the last time: twice what is in flight. By Little's law what is queued is
   * the rate of answers times their wait, and the rest of the `unanswered` targets is in flight.
   */
  adjust(unanswered: number, ms: number): void {
    const inFlight = Math.max(0, unanswered - this.#queuedMs / ms);
    this.ahead = this.#least + 2 * inFlight;
    this.#queuedMs = 0;
  }
}
