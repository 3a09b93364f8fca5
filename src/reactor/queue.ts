// The attempts that wait for a place in flight: one line for each caller, first in, first out, and the lines take turns,
// so that a batch of ten thousand delays another caller's single check by one place. Links live in the attempts
// themselves: to leave from the middle of a line costs nothing, and nothing is allocated for an attempt.
import type { Attempt } from './attempt.ts';

/** One caller's attempts, in a ring with the other callers' lines. */
export class Line {
  readonly caller: number;
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
    const line = this.#lines.get(caller) ?? this.#open(caller);
    attempt.line = line;
    attempt.ahead = line.last;
    attempt.behind = null;
    if (line.last === null) line.first = attempt;
    else line.last.behind = attempt;
    line.last = attempt;
    this.#size++;
  }

  /** Takes the first attempt of the line whose turn it is, and gives the turn to the next line. */
  shift(): Attempt | null {
    const attempt = this.#turn?.first ?? null;
    if (attempt === null) return null;
    this.#turn = this.#turn?.after ?? null;
    this.remove(attempt);
    return attempt;
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

  /** A new line takes its first turn after all the others have had theirs. */
  #open(caller: number): Line {
    const line = new Line(caller);
    this.#lines.set(caller, line);
    const turn = this.#turn;
    if (turn === null) {
      this.#turn = line;
    } else {
      line.after = turn;
      line.before = turn.before;
      turn.before.after = line;
      turn.before = line;
    }
    return line;
  }

  #close(line: Line): void {
    this.#lines.delete(line.caller);
    line.before.after = line.after;
    line.after.before = line.before;
    if (this.#turn === line) this.#turn = line.after === line ? null : line.after;
  }
}
