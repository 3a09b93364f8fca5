// Results on their way to the main thread: staged one by one, posted in as few messages as their readers can bear. Answers
// come first. Silence is told when there is room for it: thousands of deadlines may pass at one instant, and whoever is
// answered then should not stand behind all of them. It knows neither attempts nor what a result says.
import type { Ending } from './protocol.ts';
import { ResultWriter } from './wire/results.ts';

/** How long results may gather while the loop is busy: a message for each turn would cost more than the checks. */
const GATHER_MS = 0.5;
/** The endings without an answer. */
const SILENT: ReadonlySet<Ending> = new Set(['expired', 'cut-short', 'not-started', 'cancelled']);
/** Silences in one message: few, for an answer may come behind it. */
const SILENCES = 64;

export interface OutboxParts {
  readonly send: (results: ArrayBuffer) => void;
  /** Whether the main thread has little enough before it for one message of silence. */
  readonly hasRoom: () => boolean;
}

/** What gathers for one message. */
class Staging {
  readonly #results: ResultWriter;
  readonly #send: (results: ArrayBuffer) => void;
  /** When the oldest staged result was written. */
  #stagedAt = 0;

  constructor(results: ResultWriter, send: (results: ArrayBuffer) => void) {
    this.#results = results;
    this.#send = send;
  }

  stage(now: number): ResultWriter {
    if (this.#results.full) this.post();
    if (this.#results.count === 0) this.#stagedAt = now;
    return this.#results;
  }

  post(): void {
    if (this.#results.count > 0) this.#send(this.#results.take());
  }

  postGathered(now: number): void {
    if (now - this.#stagedAt >= GATHER_MS) this.post();
  }
}

export class Outbox {
  readonly #answers: Staging;
  readonly #silences: Staging;
  /** Messages of silence that wait for room, the oldest first. */
  readonly #waiting: ArrayBuffer[] = [];
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#answers = new Staging(new ResultWriter(), parts.send);
    this.#silences = new Staging(new ResultWriter(SILENCES), (results) => this.#waiting.push(results));
  }

  /** The writer with room for the news of a start, which the caller writes at once. `now` is in monotonic milliseconds. */
  stageStart(now: number): ResultWriter {
    return this.#answers.stage(now);
  }

  /** The same, for a result. */
  stageEnd(ending: Ending, now: number): ResultWriter {
    return (SILENT.has(ending) ? this.#silences : this.#answers).stage(now);
  }

  /** Posts what is staged. */
  post(): void {
    this.#answers.post();
    this.#silences.post();
    this.#postWaiting();
  }

  /** Posts what is staged if its oldest result has waited long enough. */
  postGathered(now: number): void {
    this.#answers.postGathered(now);
    this.#silences.postGathered(now);
    this.#postWaiting();
  }

  #postWaiting(): void {
    while (this.#waiting.length > 0 && this.#parts.hasRoom()) {
      const results = this.#waiting.shift();
      if (results !== undefined) this.#parts.send(results);
    }
  }
}
