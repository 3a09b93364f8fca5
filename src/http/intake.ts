// What a stream takes in: the body's bytes, as far as they may be read ahead. Reading stops while the targets that were
// read wait for room. Only where the caller does not take its answers it goes on for a while, into raw bytes: a simple
// client sends all before it reads anything, and would wait for us as we for it.
import type { Readable } from 'node:stream';
import { MAX_LINE_BYTES } from './body/line-body.ts';
import { type Line, LineReader } from './body/lines.ts';
import type { Slices } from './slices.ts';

/** Raw bytes that are read ahead of what can be asked. */
const AHEAD_BYTES = 256 * 1024;
/** The same while the caller does not take its answers: of one stream, and of all streams together. */
const UNREAD_BYTES = 64 * 1024 * 1024;
const ALL_UNREAD_BYTES = 256 * 1024 * 1024;

/** What all streams of the process share. */
export interface StreamsShared {
  readonly slices: Slices;
  /** Bytes that streams hold. */
  heldBytes: number;
}

export class Intake {
  readonly #bytes: Readable;
  readonly #shared: StreamsShared;
  #lines = new LineReader(MAX_LINE_BYTES);
  /** What `shared.heldBytes` has of this stream. */
  #heldBytes = 0;
  #isReading = true;
  #isUnread = false;

  constructor(bytes: Readable, shared: StreamsShared) {
    this.#bytes = bytes;
    this.#shared = shared;
  }

  /** Begins to read; tells `onMore` of what came, its end included. */
  begin(onMore: () => void): void {
    this.#bytes.on('data', (chunk: Buffer) => {
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
    this.#shared.heldBytes += heldBytes - this.#heldBytes;
    this.#heldBytes = heldBytes;
    const hasRoom = isUnread
      ? heldBytes < UNREAD_BYTES && this.#shared.heldBytes < ALL_UNREAD_BYTES
      : heldBytes < AHEAD_BYTES;
    if (hasRoom === this.#isReading) return;
    this.#isReading = hasRoom;
    if (hasRoom) this.#bytes.resume();
    else this.#bytes.pause();
  }

  /** Gives back the memory; nothing more is read. */
  close(): void {
    this.#shared.heldBytes -= this.#heldBytes;
    this.#heldBytes = 0;
    this.#lines = new LineReader(MAX_LINE_BYTES);
    this.#bytes.removeAllListeners('data');
  }
}
