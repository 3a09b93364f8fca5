// Results on their way to the main thread: staged one by one, posted in as few messages as their readers can bear. It
// knows neither attempts nor what a result says.
import { ResultWriter } from './wire/results.ts';

/** How long results may gather while the loop is busy: a message for each turn would cost more than the checks. */
const GATHER_MS = 0.5;

export class Outbox {
  readonly #results = new ResultWriter();
  readonly #send: (results: ArrayBuffer) => void;
  /** When the oldest staged result was written. */
  #stagedAt = 0;

  constructor(send: (results: ArrayBuffer) => void) {
    this.#send = send;
  }

  /** The writer with room for one more result, which the caller writes at once. `now` is in monotonic milliseconds. */
  stage(now: number): ResultWriter {
    if (this.#results.full) this.post();
    if (this.#results.count === 0) this.#stagedAt = now;
    return this.#results;
  }

  /** Posts what is staged. */
  post(): void {
    if (this.#results.count > 0) this.#send(this.#results.take());
  }

  /** Posts what is staged if its oldest result has waited long enough. */
  postGathered(now: number): void {
    if (now - this.#stagedAt >= GATHER_MS) this.post();
  }
}
