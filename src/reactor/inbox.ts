// Results as they come from the worker, a few milliseconds' worth in each turn of the main thread's event loop: thousands of
// attempts may end at one instant, and each goes on with its check. The express lane goes before all others. It knows neither
// results nor attempts.
import { performance } from 'node:perf_hooks';
import { PART_MS, PAUSE_MS, TurnTime } from '../check/turn-time.ts';

export interface InboxParts {
  readonly take: (batch: ArrayBuffer) => void;
  /** A batch in parts, for turns that are short. */
  readonly cut: (batch: ArrayBuffer) => readonly ArrayBuffer[];
  readonly isExpress: (batch: ArrayBuffer) => boolean;
  readonly time?: TurnTime | undefined;
}

export class Inbox {
  readonly #parts: InboxParts;
  readonly #time: TurnTime;
  /** Those that have to wait, the oldest first, in both lanes. */
  readonly #express: ArrayBuffer[] = [];
  readonly #others: ArrayBuffer[] = [];
  /** When this turn's part is over, of the express lane and of the others; null before its first batch. */
  #until: { readonly express: number; readonly others: number } | null = null;
  /** When one of the others was taken last. */
  #workedAt = -Infinity;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#time = parts.time ?? new TurnTime();
  }

  /** Takes the batch now, or in a later turn, in its lane's order. What a batch sets off comes after it, and counts for the next. */
  readonly add = (batch: ArrayBuffer): void => {
    const until = (this.#until ??= this.#beginTurn());
    if (this.#parts.isExpress(batch)) {
      this.#express.push(batch);
      this.#takeExpress(until.express);
    } else {
      this.#others.push(batch);
      if (this.#others.length === 1 && performance.now() < until.others) this.#takeOther();
    }
  };

  /** The worker is gone: takes its last words now. */
  flush(): void {
    for (const batch of [...this.#express.splice(0), ...this.#others.splice(0)]) this.#parts.take(batch);
  }

  /** When the parts of the turn that begins are over. The express lane never pauses. */
  #beginTurn(): { express: number; others: number } {
    setImmediate(this.#turn);
    const now = performance.now();
    return { express: now + PART_MS, others: now + this.#time.partMs(this.#workedAt, PAUSE_MS) };
  }

  /** As many of the express lane as its part has time for, and then one of the others unless they pause. */
  readonly #turn = (): void => {
    this.#until = null;
    if (this.#express.length + this.#others.length === 0) return;
    const until = (this.#until = this.#beginTurn());
    const isPause = performance.now() >= until.others;
    this.#takeExpress(until.express);
    if (!isPause) this.#takeOther();
  };

  /** What this turn has no time for is the first of the next. */
  #takeExpress(until: number): void {
    while (this.#express.length > 0 && performance.now() < until) {
      const batch = this.#express.shift();
      if (batch !== undefined) this.#parts.take(batch);
    }
  }

  /** The batch whose turn it is, or its first part. */
  #takeOther(): void {
    const batch = this.#others.shift();
    if (batch === undefined) return;
    const [first = batch, ...others] = this.#time.isShort ? this.#parts.cut(batch) : [batch];
    this.#others.unshift(...others);
    this.#parts.take(first);
    this.#workedAt = performance.now();
  }
}
