// The attempts that wait for a place in flight: one line for each caller, first in, first out, and the lines take turns,
// so that a batch of ten thousand delays another caller's single check by one place. Nor may one caller hold all places:
// silent targets keep them for seconds. Links live in the attempts themselves: to leave from the middle of a line costs
// nothing, and nothing is allocated for an attempt.
import type { Attempt } from './attempt.ts';

/**
 * How many attempts a caller may have in flight for each place that is free. Of 4096 places a single caller gets 4033,
 * two get 2033 each: as long as fewer than 64 want all they can get, there is a place left for one who wants little.
 */
const SHARE = 64;

/** One caller's attempts: those that wait, in a ring with the other callers' lines, and how many are in flight. */
export class Line {
  readonly caller: number;
  inFlight = 0;
  first: Attempt | null = null;
  last: Attempt | null = null;
  before: Line = this;
  after: Line = this;

  constructor(caller: number) {
    this.caller = caller;
  }
}

export class Queue {
  readonly #lines = new Map<number, Line>();
  /** The line whose turn it is. */
  #turn: Line | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Puts `attempt` at the end of its caller's line. */
  push(caller: number, attempt: Attempt): void {
    const line = this.#lineOf(caller);
    attempt.line = line;
    attempt.ahead = line.last;
    attempt.behind = null;
    if (line.last === null) this.#enter(line, attempt);
    else line.last.behind = attempt;
    line.last = attempt;
    this.#size++;
  }

  /** Whether somebody may start while `free` places are free. */
  canShift(free: number): boolean {
    return this.#next(free) !== null;
  }

  /**
   * Takes the first attempt of the line whose turn it is, and gives the turn to the next line. Its caller has one more in
   * flight then, until `leave`. Who has a full share of the `free` places is passed over.
   */
  shift(free = Infinity): Attempt | null {
    const line = this.#next(free);
    const attempt = line?.first ?? null;
    if (line === null || attempt === null) return null;
    this.#turn = line.after;
    line.inFlight++;
    this.remove(attempt);
    return attempt;
  }

  /** One of the caller's attempts is in flight no more. */
  leave(caller: number): void {
    const line = this.#lines.get(caller);
    if (line === undefined) return;
    line.inFlight--;
    this.#forgetIdle(line);
  }

  /** Takes `attempt` out of wherever it stands. It must be in the queue. */
  remove(attempt: Attempt): void {
    const { line, ahead, behind } = attempt;
    if (line === null) return;
    if (ahead === null) line.first = behind;
    else ahead.behind = behind;
    if (behind === null) line.last = ahead;
    else behind.ahead = ahead;
    attempt.line = attempt.ahead = attempt.behind = null;
    this.#size--;
    if (line.first === null) this.#close(line);
  }

  /** The line whose turn it is among those that may start one more. */
  #next(free: number): Line | null {
    const turn = free > 0 ? this.#turn : null; // With no place free there is nobody to look for.
    let line = turn;
    while (line !== null && line.inFlight >= free * SHARE) line = line.after === turn ? null : line.after;
    return line;
  }

  #lineOf(caller: number): Line {
    let line = this.#lines.get(caller);
    if (line === undefined) this.#lines.set(caller, (line = new Line(caller)));
    return line;
  }

  /** A line that was empty takes its next turn after all the others have had theirs. */
  #enter(line: Line, first: Attempt): void {
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

  #close(line: Line): void {
    line.before.after = line.after;
    line.after.before = line.before;
    if (this.#turn === line) this.#turn = line.after === line ? null : line.after;
    line.before = line.after = line;
    this.#forgetIdle(line);
  }

  #forgetIdle(line: Line): void {
    if (line.first === null && line.inFlight === 0) this.#lines.delete(line.caller);
  }
}
