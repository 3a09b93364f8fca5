// Results as they come from the worker, a few milliseconds' worth in each turn of the main thread's event loop: thousands of
// attempts may end at one instant, and each goes on with its check. The express lane goes before all others. It knows neither
// results nor attempts.
import { performance } from 'node:perf_hooks';
import { PART_MS, PAUSE_MS, TurnTime } from '../check/turn-time.ts';

export interface InboxParts {
  readonly take: (batch: ArrayBuffer) => void;
  /** A batch in parts for one turn each, which may be short. */
  readonly cut: (batch: ArrayBuffer, isShort: boolean) => readonly ArrayBuffer[];
  readonly isExpress: (batch: ArrayBuffer) => boolean;
  readonly time?: TurnTime | undefined;
}

/** When the parts of a turn are over, and whether the others have none. */
interface Turn {
  readonly express: number;
  readonly others: number;
  readonly isPause: boolean;
}

export class Inbox {
  readonly #parts: InboxParts;
  readonly #time: TurnTime;
  /** Those that have to wait, the oldest first, in both lanes. */
  readonly #express: ArrayBuffer[] = [];
  readonly #others: ArrayBuffer[] = [];
  /** When this turn's part is over, of the express lane and of the others; null before its first batch. */
  #until: Turn | null = null;
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
      if (performance.now() < until.express) this.#takeExpress(until.express);
    } else {
      this.#others.push(batch);
      if (this.#others.length === 1 && performance.now() < until.others) this.#takeOther();
    }
  };

  /** The worker is gone: takes its last words now. */
  flush(): void {
    for (const batch of [...this.#express.splice(0), ...this.#others.splice(0)]) this.#parts.take(batch);
  }

  /** The express lane never pauses. */
  #beginTurn(): Turn {
    setImmediate(this.#turn);
    const now = performance.now();
    const partMs = this.#time.partMs(this.#workedAt, PAUSE_MS);
    return { express: now + PART_MS, others: now + partMs, isPause: partMs === 0 };
  }

  /** As many of the express lane as its part has time for, and then one of the others unless they pause. */
  readonly #turn = (): void => {
    this.#until = null;
    if (this.#express.length + this.#others.length === 0) return;
    const { express, isPause } = (this.#until = this.#beginTurn());
    this.#takeExpress(express);
    if (!isPause) this.#takeOther();
  };

  /** One at least. What there is no time for is the first of the next turn. */
  #takeExpress(until: number): void {
    do {
      const batch = this.#express.shift();
      if (batch !== undefined) this.#parts.take(batch);
    } while (this.#express.length > 0 && performance.now() < until);
  }

  /** The batch whose turn it is, or its first part. */
  #takeOther(): void {
    const batch = this.#others.shift();
    if (batch === undefined) return;
    const [first = batch, ...others] = this.#parts.cut(batch, this.#time.isShort);
    this.#others.unshift(...others);
    this.#parts.take(first);
    this.#workedAt = performance.now();
  }
}
