// Results on their way to the main thread: staged one by one, posted in as few messages as their readers can bear. The express
// lane comes first, then answers. Silence is told when there is room for it: thousands of deadlines may pass at one instant,
// and whoever is answered then should not stand behind all of them. It knows neither attempts nor what a result says.
import type { Ending } from './protocol.ts';
import { ResultWriter } from './wire/results.ts';

/** How long answers may gather while the loop is busy: a message for each turn would cost more than the checks. */
const GATHER_MS = 0.5;
/** The endings without an answer that may wait. What is cancelled may not: another attempt's answer waits for it in a race. */
const SILENT: ReadonlySet<Ending> = new Set(['expired', 'cut-short', 'not-started']);
/** Results in one message of the express lane. */
const EXPRESS = 64;
/**
 * Silences in one turn, and in one message: few, for what is started, and who is answered, waits behind them. Where all that is
 * under way is over, nobody does, and to tell of ten thousand by the few would take half as long again.
 */
const FEW = 64;
const MANY = 768;
/** So often one message of silence goes whatever else does: answers may come without end. */
const EVERY_MS = 5;

export interface OutboxParts {
  readonly send: (results: ArrayBuffer) => void;
  /** Whether the main thread has little enough before it for a message of silence. */
  readonly hasRoom: () => boolean;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #express = new ResultWriter(EXPRESS, true);
  readonly #answers = new ResultWriter();
  /** When the oldest of what is staged in these two was written. */
  #stagedAt = 0;
  readonly #silences = new ResultWriter(MANY);
  /** Full messages of silence, the oldest first. */
  readonly #waiting: ArrayBuffer[] = [];
  /** When a message of silence was last posted, or none was left. */
  #silentAt = 0;

  /** Whether nothing is under way but what is over. The loop sets it in each turn. */
  isAlone = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** The writer with room for the news of a start, which the caller writes at once. `now` is in monotonic milliseconds. */
  stageStart(isExpress: boolean, now: number): ResultWriter {
    const writer = isExpress ? this.#express : this.#answers;
    if (writer.full) this.#postAnswers();
    if (this.#express.count + this.#answers.count === 0) this.#stagedAt = now;
    return writer;
  }

  /** The same, for a result. */
  stageEnd(ending: Ending, isExpress: boolean, now: number): ResultWriter {
    if (isExpress || !SILENT.has(ending)) return this.stageStart(isExpress, now);
    if (this.#silences.count >= this.silencesAtOnce) this.#waiting.push(this.#silences.take());
    return this.#silences;
  }

  get silencesAtOnce(): number {
    return this.isAlone ? MANY : FEW;
  }

  /** Posts what is staged. */
  post(now: number): void {
    this.#postAnswers();
    this.#postSilences(now);
  }

  /** The same while the loop is busy: answers gather for a while. */
  postGathered(now: number): void {
    if (now - this.#stagedAt >= GATHER_MS) this.#postAnswers();
    this.#postSilences(now);
  }

  #postAnswers(): void {
    if (this.#express.count > 0) this.#parts.send(this.#express.take());
    if (this.#answers.count > 0) this.#parts.send(this.#answers.take());
  }

  #postSilences(now: number): void {
    while (this.#waiting.length > 0 || this.#silences.count > 0) {
      if (!this.#parts.hasRoom() && now - this.#silentAt < EVERY_MS) return;
      this.#postAnswers(); // The news of a start never comes after the end.
      this.#parts.send(this.#waiting.shift() ?? this.#silences.take());
      this.#silentAt = now;
    }
    this.#silentAt = now;
  }
}
