// Bytes → lines, as they are asked for: what was not asked for stays as raw bytes, which is what a sender that is ahead
// of its checks costs. Pure. It knows neither HTTP nor what a line says.
import { isUtf8 } from 'node:buffer';

export interface Line {
  /** Without its line break (LF or CRLF). Of a line with a fault, as much as can be read. */
  readonly text: string;
  readonly fault: 'too-long' | 'not-utf8' | null;
}

const LF = 0x0a;
const CR = 0x0d;
/** What arrives is copied into blocks: slices of a few bytes would each keep the buffer that they were received in. */
const BLOCK_BYTES = 64 * 1024;
/** What decoding puts in the place of bytes that are not UTF-8; a text may also have it of itself. */
const REPLACEMENT = '\ufffd';
const BYTE_ORDER_MARK = '\ufeff';

export class LineReader {
  readonly #maxBytes: number;
  /** Each full but the last. */
  readonly #blocks: Buffer[] = [];
  /** The first byte of the first block that is not read, and the end of what the last one holds. */
  #start = 0;
  #end = BLOCK_BYTES;
  /** The beginning of a line whose end is in a later block; cut off at `maxBytes`. */
  #begun: Buffer | null = null;
  #isTooLong = false;
  #isFirst = true;
  /** A block that was read, for the next chunk. */
  #spare: Buffer | null = null;
  #isEnded = false;

  /** A line of more than `maxBytes` bytes, its line break not counted, has a fault. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of memory that wait to be read. */
  get heldBytes(): number {
    return this.#blocks.length * BLOCK_BYTES;
  }

  /** Whether nothing more comes: `end` was called and every line was read. */
  get isDone(): boolean {
    return this.#isEnded && this.#blocks.length === 0 && this.#begun === null;
  }

  add(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      if (this.#end === BLOCK_BYTES) {
        this.#blocks.push(this.#spare ?? Buffer.allocUnsafeSlow(BLOCK_BYTES));
        this.#spare = null;
        this.#end = 0;
      }
      const part = chunk.subarray(from, from + BLOCK_BYTES - this.#end);
      this.#blocks.at(-1)?.set(part, this.#end);
      this.#end += part.length;
      from += part.length;
    }
  }

  /** Nothing more is added: a last line without a line break is one. */
  end(): void {
    this.#isEnded = true;
  }

  /** The next line; null while there is no whole one. */
  next(): Line | null {
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      const end = this.#blocks.length === 1 ? this.#end : BLOCK_BYTES;
      const lineEnd = block.indexOf(LF, this.#start);
      const isWhole = lineEnd >= 0 && lineEnd < end;
      const start = this.#start;
      this.#start = isWhole ? lineEnd + 1 : end;
      const line = isWhole ? this.#finish(block, start, lineEnd) : this.#begin(block, start, end);
      if (this.#start === end) this.#drop();
      if (line !== null) return line;
    }
    return this.#isEnded && this.#begun !== null ? this.#finish(this.#begun, 0, 0) : null;
  }

  /** The first block is read to its end. */
  #drop(): void {
    this.#spare = this.#blocks.shift() ?? null;
    this.#start = 0;
    // A block that is partly filled is gone with its free place.
    if (this.#blocks.length === 0) this.#end = BLOCK_BYTES;
  }

  #begin(block: Buffer, start: number, end: number): null {
    const begun = this.#begun ?? Buffer.alloc(0);
    // One byte more than a line may have: it may be the CR of a line break.
    const room = this.#maxBytes + 1 - begun.length;
    if (end - start > room) this.#isTooLong = true;
    this.#begun = Buffer.concat([begun, block.subarray(start, Math.min(end, start + room))]);
    return null;
  }

  /** The line that ends with `start` to `end` of `block`, together with what came of it before. */
  #finish(block: Buffer, start: number, end: number): Line {
    if (this.#begun !== null) {
      if (block !== this.#begun) this.#begin(block, start, end);
      [block, start, end] = [this.#begun, 0, this.#begun.length];
      this.#begun = null;
    }
    const isCrLf = end > start && block[end - 1] === CR && !this.#isTooLong;
    const last = isCrLf ? end - 1 : end;
    const isTooLong = this.#isTooLong || last - start > this.#maxBytes;
    this.#isTooLong = false;
    return this.#decode(block, start, isTooLong ? start + this.#maxBytes : last, isTooLong);
  }

  #decode(block: Buffer, start: number, end: number, isTooLong: boolean): Line {
    let text = block.toString('utf8', start, end);
    if (this.#isFirst && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    this.#isFirst = false;
    if (isTooLong) return { text, fault: 'too-long' };
    const isBroken = text.includes(REPLACEMENT) && !isUtf8(block.subarray(start, end));
    return { text, fault: isBroken ? 'not-utf8' : null };
  }
}
