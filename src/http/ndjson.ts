// Streams results as lines of JSON: each result when it settles, the summary last.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Inquiry } from '../check/checker.ts';
import type { CheckReply } from '../check/result.ts';
import { jsonLine } from './json-line.ts';
import { NDJSON_TYPE } from './media-types.ts';

/** Sends nothing before the first line, so that an error before it can still become a problem with a status. */
export async function streamResults(
  reply: FastifyReply,
  check: (onResult: NonNullable<Inquiry['onResult']>) => Promise<CheckReply>,
): Promise<void> {
  const lines = new Lines(reply);
  try {
    const { summary, vantage } = await check((index, result) => lines.write({ index, ...result }));
    if (reply.raw.destroyed) {
      reply.hijack();
      return;
    }
    lines.write({ summary, vantage });
    lines.end();
  } catch (error) {
    if (!lines.begun) throw error;
    reply.log.error({ reqId: reply.request.id, err: error }, 'stream of results broke off');
    // The status has been sent. Cut the connection: the missing summary tells the caller that results are missing.
    lines.destroy();
  }
}

/** Collects the lines of one turn of the main loop and writes them at once. */
class Lines {
  readonly #reply: FastifyReply;
  readonly #body = new Readable({ read: () => undefined });
  #buffered = '';
  #begun = false;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  get begun(): boolean {
    return this.#begun;
  }

  write(line: object): void {
    if (this.#reply.raw.destroyed) return;
    if (this.#buffered === '') setImmediate(() => this.#flush());
    this.#buffered += jsonLine(line);
    if (this.#begun) return;
    this.#begun = true;
    void this.#reply.type(NDJSON_TYPE).send(this.#body);
  }

  end(): void {
    this.#flush();
    this.#body.push(null);
  }

  destroy(): void {
    this.#body.destroy();
    this.#reply.raw.destroy();
  }

  #flush(): void {
    // If the caller has left meanwhile, the body is destroyed.
    if (this.#buffered !== '' && !this.#body.destroyed) this.#body.push(this.#buffered);
    this.#buffered = '';
  }
}
