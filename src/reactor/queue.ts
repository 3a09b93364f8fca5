// What waits for a place in flight: one line for each caller, first in, first out. The lines take turns, so that a batch of
// ten thousand delays another caller's single check by one place. No caller may hold all places, because silent targets
// keep them for seconds. The items carry the links: an item leaves from the middle of its line at no cost, and queueing
// allocates nothing.

/**
 * How many attempts a caller may have in flight for each free place. Of 4096 places a single caller gets 4033, two get
 * 2033 each. As long as fewer than 64 callers want all they can get, a place is left for a caller that wants little.
 */
const SHARE = 64;

/** What can be queued: it carries the queue's links, which are null while it stands in no line. */
export interface Queued<Item> {
  line: Line<Item> | null;
  ahead: Item | null;
  behind: Item | null;
}

/** One caller's items: those that wait, in a ring with the other callers' lines, and how many are in flight. */
export class Line<Item> {
  readonly caller: number;
  inFlight = 0;
  first: Item | null = null;
  last: Item | null = null;
  before: Line<Item> = this;
  after: Line<Item> = this;

  constructor(caller: number) {
    this.caller = caller;
  }
}

export class Queue<Item extends Queued<Item>> {
  readonly #lines = new Map<number, Line<Item>>();
  /** The line whose turn it is. */
  #turn: Line<Item> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Puts `item` at the end of its caller's line. */
  push(caller: number, item: Item): void {
    const line = this.#lineOf(caller);
    item.line = line;
    item.ahead = line.last;
    item.behind = null;
    if (line.last === null) this.#enter(line, item);
    else line.last.behind = item;
    line.last = item;
    this.#size++;
  }

  /** Whether somebody may start while `freePlaces` in flight are free. */
  canShift(freePlaces: number): boolean {
    return this.#next(freePlaces) !== null;
  }

  /**
   * Takes the first item of the line whose turn it is, null when nobody may start, and gives the turn to the next line.
   * The item's caller then has one more in flight, until `leave`. A caller that has its full share of the `freePlaces` in
   * flight is passed over.
   */
  shift(freePlaces = Infinity): Item | null {
    const line = this.#next(freePlaces);
    const item = line?.first ?? null;
    if (line === null || item === null) return null;
    this.#turn = line.after;
    line.inFlight++;
    this.remove(item);
    return item;
  }

  /** Notes that one of the caller's items is no longer in flight. */
  leave(caller: number): void {
    const line = this.#lines.get(caller);
    if (line === undefined) return;
    line.inFlight--;
    this.#forgetIdle(line);
  }

  /** Takes `item` out of its line, wherever it stands there. Does nothing when it stands in none. */
  remove(item: Item): void {
    const { line, ahead, behind } = item;
    if (line === null) return;
    if (ahead === null) line.first = behind;
    else ahead.behind = behind;
    if (behind === null) line.last = ahead;
    else behind.ahead = ahead;
    item.line = item.ahead = item.behind = null;
    this.#size--;
    if (line.first === null) this.#close(line);
  }

  /** The line whose turn it is among those that may start one more. */
  #next(freePlaces: number): Line<Item> | null {
    const turn = freePlaces > 0 ? this.#turn : null; // Without a free place nobody may start: do not walk the ring.
    let line = turn;
    while (line !== null && line.inFlight >= freePlaces * SHARE) line = line.after === turn ? null : line.after;
    return line;
  }

  #lineOf(caller: number): Line<Item> {
    let line = this.#lines.get(caller);
    if (line === undefined) this.#lines.set(caller, (line = new Line<Item>(caller)));
    return line;
  }

  /** A line that was empty takes its next turn after all the others have had theirs. */
  #enter(line: Line<Item>, first: Item): void {
    line.first = first;
    const turn = this.#turn;
    if (turn === null) {
      this.#turn = line;
    } else {
      line.after = turn;
      line.before = turn.before;
      turn.before.after = line;
      turn.before = line;
    }
  }

  #close(line: Line<Item>): void {
    line.before.after = line.after;
    line.after.before = line.before;
    if (this.#turn === line) this.#turn = line.after === line ? null : line.after;
    line.before = line.after = line;
    this.#forgetIdle(line);
  }

  #forgetIdle(line: Line<Item>): void {
    if (line.first === null && line.inFlight === 0) this.#lines.delete(line.caller);
  }
}
