// The bytes of a body until it is whole. Those of a large one are copied into blocks of shared memory, which are used again:
// V8 keeps no account of them. Where more than 64 MB are held in ordinary buffers, it goes on with its marking whenever a buffer
// is made, for 5 ms and more each time (Heap::ReportExternalMemoryPressure), and results and commands are buffers, too.
import { StringDecoder } from 'node:string_decoder';
import { performance } from 'node:perf_hooks';

/** A body of so many bytes is held as it came. */
const SMALL_BYTES = 64 * 1024;
const BLOCK_BYTES = 128 * 1024;

/** Blocks that nobody has needed for so long are let go. */
const KEEP_MS = 10_000;

/**
 * What all large bodies take their blocks from. Blocks are kept for a while, for what is let go is not missed by V8, and stays
 * until it collects for another reason: there are never more than were in use at one time.
 */
export class Blocks {
  readonly #free: Buffer[] = [];
  #taken = 0;
  /** The most that were taken at one time since the last trim. */
  #most = 0;
  #isTrimDue = false;

  take(): Buffer {
    const block = this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(BLOCK_BYTES));
    this.#most = Math.max(this.#most, ++this.#taken);
    return block;
  }

  giveBack(block: Buffer): void {
    this.#free.push(block);
    this.#taken--;
    this.#trimLater();
  }

  #trim(): void {
    this.#free.length = Math.min(this.#free.length, this.#most - this.#taken);
    this.#most = this.#taken;
    this.#isTrimDue = false;
    if (this.#free.length > 0) this.#trimLater();
  }

  #trimLater(): void {
    if (this.#isTrimDue) return;
    this.#isTrimDue = true;
    setTimeout(() => this.#trim(), KEEP_MS).unref();
  }
}

export class HeldBytes {
  readonly #blocks: Blocks;
  /** While it is small. */
  readonly #chunks: Buffer[] = [];
  readonly #filled: Buffer[] = [];
  /** Bytes in the last block. */
  #lastLength = BLOCK_BYTES;
  length = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  get isLarge(): boolean {
    return this.length > SMALL_BYTES;
  }

  add(chunk: Buffer): void {
    this.length += chunk.length;
    this.#chunks.push(chunk);
    if (!this.isLarge) return;
    for (const held of this.#chunks.splice(0)) {
      this.#copy(held);
      free(held);
    }
  }

  /** The text of a small body. */
  text(): string {
    const [first] = this.#chunks;
    if (first === undefined) return '';
    return (this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)).toString('utf8');
  }

  /** A step of making the text of a large one, for Slices. It holds nothing then. */
  decoding(done: (text: string) => void): (until: number) => boolean {
    const decoder = new StringDecoder('utf8');
    const texts: string[] = [];
    return (until) => {
      for (let block = this.#filled.shift(); block !== undefined; block = this.#filled.shift()) {
        texts.push(decoder.write(this.#filled.length > 0 ? block : block.subarray(0, this.#lastLength)));
        this.#blocks.giveBack(block);
        if (performance.now() >= until) return true;
      }
      texts.push(decoder.end());
      done(texts.join(''));
      return false;
    };
  }

  /** Lets go of all. */
  clear(): void {
    this.length = 0;
    this.#chunks.length = 0;
    for (const block of this.#filled.splice(0)) this.#blocks.giveBack(block);
    this.#lastLength = BLOCK_BYTES;
  }

  #copy(chunk: Buffer): void {
    for (let from = 0; from < chunk.length;) {
      if (this.#lastLength === BLOCK_BYTES) {
        this.#filled.push(this.#blocks.take());
        this.#lastLength = 0;
      }
      const copied = chunk.copy(this.#filled.at(-1) ?? chunk, this.#lastLength, from);
      this.#lastLength += copied;
      from += copied;
    }
  }
}

/**
 * Frees the memory of a chunk that nobody needs any more, where Node can (from 21 on): V8 looks for garbage when its own heap
 * is full, and bodies hardly touch that. In a container of 192 MiB chunks that were copied killed the process.
 */
export function free({ buffer, length }: Buffer): void {
  if (length > 0 && length === buffer.byteLength) (buffer as { transfer?: (length: number) => unknown }).transfer?.(0);
}
