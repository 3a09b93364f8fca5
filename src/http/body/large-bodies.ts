// Bodies that are large are read in turns: so many of them a turn of the event loop, each a chunk. Otherwise one turn would
// read what all senders together have on the way, and they send faster than is read.
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { LONG_PAUSE_MS } from '../../check/turn-time.ts';
import type { Slices } from '../../check/slices.ts';

/** A body of so many bytes is read as it comes. */
const SMALL_BYTES = 64 * 1024;
/** Chunks a turn. */
const CHUNKS_A_TURN = 8;

export class LargeBodies {
  readonly slices: Slices;
  readonly #waiting = new Set<Readable>();
  #isScheduled = false;
  #readAt = -Infinity;

  constructor(slices: Slices) {
    this.slices = slices;
  }

  isLarge(length: number): boolean {
    return length > SMALL_BYTES;
  }

  /** `bytes`, of which a chunk came, is read on when it is its turn. */
  wait(bytes: Readable): void {
    bytes.pause();
    this.#waiting.add(bytes);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    let left = this.slices.time.partMs(this.#readAt, LONG_PAUSE_MS) > 0 ? CHUNKS_A_TURN : 0;
    if (left > 0) this.#readAt = performance.now();
    for (const bytes of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(bytes);
      bytes.resume();
    }
    this.#schedule();
  }
}
