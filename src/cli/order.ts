// In which order answers are handed on to a form: as they come, or in the order of their targets. Then an answer waits for
// an earlier target's; where a target has several answers, of which nobody knows how many, all wait for the end.
import type { Row } from './output/form.ts';

/** Answers that may wait for an earlier one: twice what is asked at a time. */
const MAX_HELD = 20_480;

type Tell = (row: Row) => void;

export interface Order {
  /** Whether no more should be asked before a promise of room. */
  readonly isFull: boolean;
  take(row: Row): void;
  end(): void;
}

export function orderFor(form: { readonly isOrdered: boolean } | null, isMany: boolean, tell: Tell): Order {
  if (form?.isOrdered !== true) return { isFull: false, take: tell, end: () => undefined };
  return isMany ? new Whole(tell) : new InTurn(tell);
}

class InTurn implements Order {
  readonly #tell: Tell;
  /** Answers that wait for an earlier one, by index. */
  readonly #held = new Map<number, Row>();
  #next = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get isFull(): boolean {
    return this.#held.size >= MAX_HELD;
  }

  take(row: Row): void {
    if (row.index !== this.#next) {
      this.#held.set(row.index, row);
      return;
    }
    this.#tell(row);
    this.#next++;
    if (this.#held.size === 0) return;
    for (let next = this.#held.get(this.#next); next !== undefined; next = this.#held.get(this.#next)) {
      this.#tell(next);
      this.#held.delete(this.#next++);
    }
  }

  end(): void {
    // What never came has nothing to tell.
  }
}

/** A server bounds how many results a request may have of a fleet, and so what is held here. */
class Whole implements Order {
  readonly isFull = false;
  readonly #tell: Tell;
  readonly #rows: Row[] = [];

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  take(row: Row): void {
    this.#rows.push(row);
  }

  end(): void {
    this.#rows.sort((a, b) => a.index - b.index || compare(vantageOf(a), vantageOf(b)));
    for (const row of this.#rows) this.#tell(row);
  }
}

function vantageOf({ answer }: Row): string {
  return 'problem' in answer ? '' : (answer.result.vantage ?? '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
