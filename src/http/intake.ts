// What a stream takes in: the body's bytes, as far as they may be read ahead. Reading stops while the targets that were
// read wait for room. Only where the caller does not take its answers it goes on for a while, into raw bytes: a simple
// client sends all before it reads anything, and would wait for us as we for it.
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { MAX_LINE_BYTES } from './body/line-body.ts';
import { type Line, LineReader } from './body/lines.ts';
import type { Part } from '../check/pool.ts';

/** Raw bytes that are read ahead of what can be asked. */
const AHEAD_BYTES = 256 * 1024;
/** The same while the caller does not take its answers. */
const UNREAD_BYTES = 64 * 1024 * 1024;
/** What comes at once, at the most. */
const CHUNK_BYTES = 64 * 1024;

export class Intake {
  readonly #bytes: Readable;
  readonly #memory: Part;
  #lines = new LineReader(MAX_LINE_BYTES);
  /** What `#memory` has of them. */
  #heldBytes = 0;
  #movedAt = performance.now();
  #isReading = true;
  #isUnread = false;

  /** `memory`: what the caller may make this process hold; reading waits for room there. */
  constructor(bytes: Readable, memory: Part) {
    this.#bytes = bytes;
    this.#memory = memory;
  }

  /** Begins to read; tells `onMore` of what came, its end included. */
  begin(onMore: () => void): void {
    this.#bytes.on('data', (chunk: Buffer) => {
      this.#movedAt = performance.now();
      this.#lines.add(chunk);
      this.steer(this.#isUnread); // Its slice may be many turns away.
      onMore();
    });
    this.#bytes.on('end', () => {
      this.#lines.end();
      onMore();
    });
  }

  /** Whether the body is read, and not held up. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Whether it is read, and nothing has come for `ms`. */
  isQuiet(ms: number): boolean {
    return this.#isReading && performance.now() - this.#movedAt >= ms;
  }

  /** Whether every line was handed on. */
  get isDone(): boolean {
    return this.#lines.isDone;
  }

  /** The next line; null while there is no whole one. */
  next(): Line | null {
    return this.#lines.next();
  }

  /** Reads on, or stops reading. `isUnread`: the caller does not take its answers. */
  steer(isUnread: boolean): void {
    this.#isUnread = isUnread;
    const { heldBytes } = this.#lines;
    this.#memory.hold(heldBytes - this.#heldBytes);
    this.#heldBytes = heldBytes;
    const isLittle = heldBytes < (isUnread ? UNREAD_BYTES : AHEAD_BYTES);
    const hasRoom = isLittle && (heldBytes === 0 || this.#memory.hasRoom(CHUNK_BYTES));
    if (hasRoom === this.#isReading) return;
    this.#isReading = hasRoom;
    if (hasRoom) this.#bytes.resume();
    else this.#bytes.pause();
  }

  /** Gives back the memory; nothing more is read. */
  close(): void {
    this.#memory.giveBack(this.#heldBytes);
    this.#heldBytes = 0;
    this.#lines = new LineReader(MAX_LINE_BYTES);
    this.#bytes.removeAllListeners('data');
  }
}
