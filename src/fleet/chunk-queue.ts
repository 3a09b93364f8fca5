// Cells that nobody has been asked for: those that are new, and chunks that came back. Pure.
import { MAX_ASK_BYTES, MAX_ASK_TARGETS } from './messages.ts';

/** One target at one vantage. */
export interface Cell {
  isSettled: boolean;
  /** An instance that was asked for it had too much to do. */
  wasRefused: boolean;
  /** Of its target on the bus. */
  readonly bytes: number;
}

export interface Chunk<C extends Cell> {
  readonly cells: readonly C[];
  /** Instances that were lost with it. */
  readonly losses: number;
  /** The last of them; undefined while there was none. */
  readonly loser?: string | undefined;
  /** Times that answers to it were lost. */
  readonly redos: number;
}

/** A chunk that an instance was asked. */
export interface Ask<C extends Cell> extends Chunk<C> {
  readonly id: number;
  readonly key: string;
  heardAt: number;
  isAccepted: boolean;
  isPoked: boolean;
  /** Nothing more is expected of it; answers that come still count. */
  isOver: boolean;
}

/** Few cells are spread over the instances, in so many chunks for each; a chunk has at least so many. */
const CHUNKS_EACH = 4;
const MIN_CHUNK = 50;

export class ChunkQueue<C extends Cell> {
  #fresh: C[] = [];
  #head = 0;
  readonly #back: Chunk<C>[] = [];
  readonly #retries: Chunk<C>[] = [];

  add(cell: C): void {
    this.#fresh.push(cell);
  }

  /** A chunk is to be asked again. */
  again(chunk: Chunk<C>): void {
    (chunk.losses > 0 ? this.#retries : this.#back).push(chunk);
  }

  /** A chunk whose instance was lost, where there is a `free` one for it; until then, nothing else is begun. */
  retry(isFree: boolean): Chunk<C> | 'waits' | null {
    const left = wanted(this.#retries);
    if (left.length === 0) return null;
    return isFree ? (left.shift() ?? null) : 'waits';
  }

  /** Another chunk, for one of so many instances; null where there is none. */
  take(instances: number): Chunk<C> | null {
    const back = wanted(this.#back).shift();
    if (back !== undefined) return back;
    const waiting = this.#fresh.length - this.#head;
    const most = Math.min(MAX_ASK_TARGETS, Math.max(MIN_CHUNK, Math.ceil(waiting / (CHUNKS_EACH * instances))));
    const cells: C[] = [];
    let bytes = 0;
    while (cells.length < most) {
      const cell = this.#fresh[this.#head];
      if (cell === undefined || (cells.length > 0 && bytes + cell.bytes > MAX_ASK_BYTES)) break;
      this.#head++;
      bytes += cell.bytes;
      if (!cell.isSettled) cells.push(cell);
    }
    this.#compact();
    return cells.length === 0 ? null : { cells, losses: 0, redos: 0 };
  }

  /** Takes all that is left. */
  drain(): C[] {
    const chunks = [...this.#retries.splice(0), ...this.#back.splice(0)].flatMap(({ cells }) => cells);
    const left = [...chunks, ...this.#fresh.slice(this.#head)];
    this.#fresh = [];
    this.#head = 0;
    return left;
  }

  #compact(): void {
    if (this.#head < MAX_ASK_TARGETS && this.#head < this.#fresh.length) return;
    this.#fresh = this.#fresh.slice(this.#head);
    this.#head = 0;
  }
}

/** Takes out of `chunks` what was answered late, after it was given back. */
function wanted<C extends Cell>(chunks: Chunk<C>[]): Chunk<C>[] {
  const left = chunks
    .splice(0)
    .map((chunk) => ({ ...chunk, cells: chunk.cells.filter(({ isSettled }) => !isSettled) }));
  chunks.push(...left.filter(({ cells }) => cells.length > 0));
  return chunks;
}
