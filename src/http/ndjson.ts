// Streams results as lines of JSON: each result when it settles, the summary last. Lines wait here while their reader is
// slower, as what they were made of, and are written in slices of the main loop; a stream asks no more meanwhile.
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { CheckResult } from '../check/result.ts';
import type { Slices } from '../check/slices.ts';
import { isLong, jsonLine, resultPieces } from './json-line.ts';
import { NDJSON_TYPE } from './media-types.ts';
import { whenGone } from './request-memory.ts';

/** What may wait here for the connection to take it before the writer is blocked. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Written lines that are let go together. */
const MANY = 1024;

interface NumberedResult {
  readonly index: number;
  readonly result: CheckResult;
}

/** A line that is to be written: a result with its index, or anything else that is short. */
export type Line = NumberedResult | { readonly short: object };

export interface WriterEvents {
  /** A line was handed to the connection. */
  readonly told?: (line: Line) => void;
  /** There is room for more, or nothing left to write. */
  readonly onRoom?: () => void;
}

export class LineWriter {
  readonly #reply: FastifyReply;
  readonly #slices: Slices;
  readonly #events: WriterEvents;
  readonly #body: Readable;
  #lines: Line[] = [];
  /** Of `#lines`, those before it are written. */
  #next = 0;
  /** What is left of the line that is being written. */
  #pieces: Iterator<string, void> | null = null;
  #buffered = '';
  #begun = false;
  #isBlocked = false;
  #drained: (() => void) | null = null;

  constructor(reply: FastifyReply, slices: Slices, events: WriterEvents = {}) {
    this.#reply = reply;
    this.#slices = slices;
    this.#events = events;
    const read = (): void => {
      if (!this.#isBlocked) return;
      this.#isBlocked = false;
      this.#look();
      events.onRoom?.();
    };
    // With an encoding it hands on strings, of which no buffers are made that the garbage collector would have to find.
    this.#body = new Readable({ read, highWaterMark: HIGH_WATER_BYTES, encoding: 'utf8' });
    whenGone(reply, () => this.#look());
  }

  /** Whether the caller reads more slowly than lines are written: then it has not taken the last ones. */
  get isBlocked(): boolean {
    return this.#isBlocked && !this.isLeft;
  }

  /** Whether the status is out. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  /** Whether every line is written. */
  get isDrained(): boolean {
    return this.#lines.length === 0;
  }

  /** Nobody reads any more. */
  get isLeft(): boolean {
    const { socket } = this.#reply.request.raw;
    return this.#reply.raw.destroyed || socket.destroyed || socket.writableEnded;
  }

  /** To be written as soon as the caller reads it. */
  write(line: Line): void {
    this.#lines.push(line);
    this.#look();
  }

  /**
   * A space before the next line, which no reader of JSON sees: while a request's body is not read, only what is sent
   * tells that the caller has left.
   */
  writeSpace(): void {
    if (this.#pieces === null) this.#append(' ');
    this.#flush();
  }

  /** Ends the reply after `writeLines`, or breaks it off when that fails, or resolves with false: not all was written. */
  async finish(writeLines: () => Promise<boolean>): Promise<void> {
    try {
      const isWhole = await writeLines();
      if (!this.isDrained) await new Promise<void>((resolve) => (this.#drained = resolve));
      if (this.isLeft) {
        this.#reply.hijack();
        return;
      }
      if (isWhole) this.#body.push(null);
      // Without the end of the body: what was written goes out, and the caller learns that the rest is missing.
      else setImmediate(() => this.#reply.raw.socket?.end());
    } catch (error) {
      if (!this.#begun) throw error;
      this.#reply.log.error({ reqId: this.#reply.request.id, err: error }, 'stream of results broke off');
      // The status is out: a connection cut before the summary is how the caller learns that the rest is missing.
      this.#body.destroy();
      this.#reply.raw.destroy();
    }
  }

  #look(): void {
    this.#slices.ask(this.#work);
  }

  /** Writes lines until the slice is over, or the caller has enough to read. */
  readonly #work = (until: number): void => {
    if (this.isLeft) this.#forget();
    while (this.#next < this.#lines.length && !this.#isBlocked) {
      if (performance.now() >= until) break;
      this.#writeSome(this.#lines[this.#next]);
      if (this.#buffered.length > HIGH_WATER_BYTES) this.#flush();
    }
    this.#flush();
    if (this.#next === this.#lines.length) {
      if (this.#next === 0) return this.#drained?.();
      this.#lines = [];
      this.#next = 0;
      this.#drained?.();
      this.#events.onRoom?.();
    } else {
      if (this.#next >= MANY) this.#lines = this.#lines.slice(this.#next);
      if (this.#next >= MANY) this.#next = 0;
      if (!this.#isBlocked) this.#look();
    }
  };

  /** Nobody waits for what is left. */
  #forget(): void {
    this.#next = this.#lines.length;
    this.#pieces = null;
    this.#buffered = '';
    this.#isBlocked = false;
  }

  /** A piece of `line`, which may be all of it. */
  #writeSome(line: Line | undefined): void {
    if (line === undefined) return;
    if (!('result' in line)) {
      this.#append(jsonLine(line.short));
    } else if (isLong(line.result)) {
      this.#pieces ??= resultPieces(numbered(line));
      const piece = this.#pieces.next();
      if (piece.done !== true) return this.#append(piece.value);
      this.#append('\n');
    } else {
      this.#append(jsonLine(numbered(line)));
    }
    this.#pieces = null;
    this.#next++;
    this.#events.told?.(line);
  }

  #append(text: string): void {
    if (this.isLeft) return;
    this.#buffered += text;
    if (this.#begun) return;
    this.#begun = true;
    void this.#reply.type(NDJSON_TYPE).send(this.#body);
  }

  #flush(): void {
    // The caller may have left meanwhile, which destroys the body.
    if (this.#buffered !== '' && !this.#body.destroyed) this.#isBlocked = !this.#body.push(this.#buffered);
    this.#buffered = '';
  }
}

function numbered({ index, result }: NumberedResult): CheckResult & { readonly index: number } {
  return { index, ...result };
}
