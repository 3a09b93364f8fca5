// Bodies that are large are read in turns: so many of them a turn of the event loop, each a chunk. Otherwise one turn would
// read what all senders together have on the way, and they send faster than is read.
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { LONG_PAUSE_MS } from '../../check/turn-time.ts';
import type { Slices } from '../../check/slices.ts';
import { Blocks } from './held-bytes.ts';

/**
 * Chunks a turn: fewer while turns are long. Where much is held, V8 goes on with its marking for 5 to 10 ms at every second
 * chunk (Heap::ReportExternalMemoryPressure), and eight of them in one turn took 75 ms.
 */
const CHUNKS_A_TURN = 8;
const LONG_TURN_MS = 10;

export class LargeBodies {
  readonly slices: Slices;
  readonly blocks = new Blocks();
  readonly #waiting = new Set<Readable>();
  #isScheduled = false;
  #readAt = -Infinity;
  #chunks = CHUNKS_A_TURN;
  /** Whether the last turn let bodies be read. */
  #hasRead = false;

  constructor(slices: Slices) {
    this.slices = slices;
  }

  /** `bytes`, of which a chunk came, is read on when it is its turn. */
  wait(bytes: Readable): void {
    bytes.pause();
    this.#waiting.add(bytes);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#waiting.size === 0) this.#hasRead = false; // The next turn may be long after this one.
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    const now = performance.now();
    if (this.#hasRead) this.#adjust(now - this.#readAt);
    this.#hasRead = this.slices.time.partMs(this.#readAt, LONG_PAUSE_MS) > 0;
    let left = this.#hasRead ? this.#chunks : 0;
    if (left > 0) this.#readAt = now;
    for (const bytes of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(bytes);
      bytes.resume();
    }
    this.#schedule();
  }

  /** The turn in which bodies were read took so long. */
  #adjust(tookMs: number): void {
    if (tookMs > LONG_TURN_MS) this.#chunks = Math.ceil(this.#chunks / 2);
    else if (this.#chunks < CHUNKS_A_TURN) this.#chunks++;
  }
}
