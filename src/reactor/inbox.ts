// Results as they come from the worker, a few milliseconds' worth in each turn of the main thread's event loop: thousands of
// attempts may end at one instant, and each goes on with its check. It knows neither results nor attempts.
import { performance } from 'node:perf_hooks';
import { PAUSE_MS, TurnTime } from '../check/turn-time.ts';

export class Inbox {
  readonly #take: (batch: ArrayBuffer) => void;
  readonly #cut: (batch: ArrayBuffer) => readonly ArrayBuffer[];
  readonly #time: TurnTime;
  /** Those that have to wait, the oldest first. */
  readonly #waiting: ArrayBuffer[] = [];
  /** When this turn's part is over; null before its first batch. */
  #until: number | null = null;
  #workedAt = -Infinity;

  /** `cut`: a batch in parts, for turns that are short. */
  constructor(
    take: (batch: ArrayBuffer) => void,
    cut: (batch: ArrayBuffer) => readonly ArrayBuffer[] = (batch) => [batch],
    time = new TurnTime(),
  ) {
    this.#take = take;
    this.#cut = cut;
    this.#time = time;
  }

  /** Takes the batch now, or in a later turn, in order. What a batch sets off comes after it, and counts for the next. */
  readonly add = (batch: ArrayBuffer): void => {
    const until = (this.#until ??= this.#beginTurn());
    this.#waiting.push(batch);
    if (this.#waiting.length === 1 && performance.now() < until) this.#takeOne();
  };

  /** The worker is gone: takes its last words now. */
  flush(): void {
    for (const batch of this.#waiting.splice(0)) this.#take(batch);
  }

  /** When the part of the turn that begins is over. */
  #beginTurn(): number {
    setImmediate(this.#turn);
    return performance.now() + this.#time.partMs(this.#workedAt, PAUSE_MS);
  }

  /** One batch a turn, until none waits: those that come meanwhile stand behind it. */
  readonly #turn = (): void => {
    this.#until = null;
    if (this.#waiting.length === 0) return;
    this.#until = this.#beginTurn();
    if (performance.now() < this.#until) this.#takeOne();
  };

  /** The batch whose turn it is, or its first part. */
  #takeOne(): void {
    const batch = this.#waiting.shift();
    if (batch === undefined) return;
    const [first = batch, ...others] = this.#time.isShort ? this.#cut(batch) : [batch];
    this.#waiting.unshift(...others);
    this.#take(first);
    this.#workedAt = performance.now();
  }
}
