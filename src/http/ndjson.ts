// Streams results as lines of JSON: each result when it settles, the summary last. The lines of a batch are as many as its
// targets, and wait for a slow reader here; a stream stops asking while `isBlocked`.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Inquiry } from '../check/inquiry.ts';
import type { CheckReply } from '../check/result.ts';
import { jsonLine } from './json-line.ts';
import { NDJSON_TYPE } from './media-types.ts';

/** What may wait here for the connection to take it before the writer is blocked. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Nothing is sent before the first line, so whatever `check` throws before it still becomes a problem with a status. */
export function streamResults(
  reply: FastifyReply,
  check: (onResult: NonNullable<Inquiry['onResult']>) => Promise<CheckReply>,
): Promise<void> {
  const lines = new LineWriter(reply);
  return lines.finish(async () => {
    const { summary, vantage } = await check((index, result) => lines.write({ index, ...result }));
    lines.write({ summary, vantage });
    return true;
  });
}

/** Lines of one turn of the main loop leave in one write. */
export class LineWriter {
  readonly #reply: FastifyReply;
  readonly #body: Readable;
  #buffered = '';
  #begun = false;
  #isBlocked = false;

  /** `onRoom` is told when the writer is not blocked any more. */
  constructor(reply: FastifyReply, onRoom: () => void = () => undefined) {
    this.#reply = reply;
    const read = (): void => {
      if (!this.#isBlocked) return;
      this.#isBlocked = false;
      onRoom();
    };
    // With an encoding it hands on strings, of which no buffers are made that the garbage collector would have to find.
    this.#body = new Readable({ read, highWaterMark: HIGH_WATER_BYTES, encoding: 'utf8' });
  }

  /** Whether the caller reads more slowly than lines are written: then it has not taken the last ones. */
  get isBlocked(): boolean {
    return this.#isBlocked && !this.isLeft;
  }

  /** Nobody reads any more. */
  get isLeft(): boolean {
    return this.#reply.raw.destroyed || this.#reply.request.raw.socket.destroyed;
  }

  write(line: object): void {
    this.#append(jsonLine(line));
  }

  /**
   * A space before the next line, which no reader of JSON sees: while a request's body is not read, only what is sent
   * tells that the caller has left.
   */
  writeSpace(): void {
    this.#append(' ');
  }

  /** Ends the reply after `writeLines`, or breaks it off when that fails, or resolves with false: not all was written. */
  async finish(writeLines: () => Promise<boolean>): Promise<void> {
    try {
      const isWhole = await writeLines();
      if (this.isLeft) {
        this.#reply.hijack();
        return;
      }
      this.#flush();
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

  #append(text: string): void {
    if (this.isLeft) return;
    if (this.#buffered === '') setImmediate(() => this.#flush());
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
