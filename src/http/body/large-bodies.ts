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

declare module 'fastify' {
  interface FastifyInstance {
    readonly largeBodies: LargeBodies;
  }
}

export class LargeBodies {
  readonly slices: Slices;
  readonly blocks = new Blocks();
  readonly #waiting = new Set<Readable>();
  readonly #unread = new Set<Readable>();
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

  /** The same of a body that nobody reads: after those that somebody does. */
  waitLast(bytes: Readable): void {
    bytes.pause();
    this.#unread.add(bytes);
    this.#schedule();
  }

  get #isIdle(): boolean {
    return this.#waiting.size + this.#unread.size === 0;
  }

  /** One turn more than there are bodies for: it tells how long the last one took. */
  #schedule(): void {
    if (this.#isScheduled || (this.#isIdle && !this.#hasRead)) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    const now = performance.now();
    if (this.#hasRead) this.#adjust(now - this.#readAt);
    this.#hasRead = !this.#isIdle && this.slices.time.partMs(this.#readAt, LONG_PAUSE_MS) > 0;
    if (this.#hasRead) {
      this.#readAt = now;
      const left = this.#chunks - this.#resume(this.#waiting, this.#chunks);
      this.#resume(this.#unread, left);
    }
    this.#schedule();
  }

  /** Lets `most` of them be read, and returns how many there were. */
  #resume(bodies: Set<Readable>, most: number): number {
    let resumed = 0;
    for (const bytes of bodies) {
      if (resumed === most) break;
      bodies.delete(bytes);
      bytes.resume();
      resumed++;
    }
    return resumed;
  }

  /** The turn in which bodies were read took so long. */
  #adjust(tookMs: number): void {
    if (tookMs > LONG_TURN_MS) this.#chunks = Math.ceil(this.#chunks / 2);
    else if (this.#chunks < CHUNKS_A_TURN) this.#chunks++;
  }
}
