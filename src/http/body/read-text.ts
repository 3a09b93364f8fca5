// Reads a body as text, counting what it takes while it arrives: a body that is half sent is held, too, and as bytes, which
// the garbage collector does not move. A large one is read and decoded when it is its turn.
import { StringDecoder } from 'node:string_decoder';
import { performance } from 'node:perf_hooks';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Part } from '../../check/pool.ts';
import { Problem } from '../problems.ts';
import type { LargeBodies } from './large-bodies.ts';

/** A character outside of Latin 1 makes two bytes of each character of the text. */
const BYTES_A_BYTE = 2;

// What is not read may still be on its way: the connection cannot be used again.
const TOO_LARGE = new Problem('payload-too-large', 'The body is larger than MAX_TARGETS targets can need.', {
  headers: { connection: 'close' },
});

export interface Reading {
  /** In bytes. */
  readonly limit: number;
  /** Has to have room for the text; it is its own until it is closed. */
  readonly memory: Part;
  readonly large: LargeBodies;
}

/** The text of `bytes`. */
export function readText(
  bytes: Readable,
  { headers }: Pick<IncomingMessage, 'headers'>,
  { limit, memory, large }: Reading,
  done: (error: Error | null, text: string) => void,
): void {
  if (Number(headers['content-length'] ?? 0) > limit) return done(TOO_LARGE, '');
  const chunks: Buffer[] = [];
  let length = 0;
  // The listeners stay: removing one makes the emitter slower for everything after it.
  let isOver = false;
  const end = (error: Error | null, text = ''): void => {
    if (isOver) return;
    isOver = true;
    done(error, text);
  };
  const finish = (): void => {
    if (isOver) return;
    if (!large.isLarge(length)) end(null, textOf(chunks));
    else large.slices.run(decoding(chunks, (text) => end(null, text))).catch(end);
  };
  const add = (chunk: Buffer): void => {
    if (isOver) return; // Read, so that the reply is not lost, and not kept.
    length += chunk.length;
    try {
      if (length > limit) throw TOO_LARGE;
      memory.take(chunk.length * BYTES_A_BYTE);
      chunks.push(chunk);
      if (large.isLarge(length)) large.wait(bytes);
    } catch (error) {
      memory.giveBack(memory.has);
      chunks.length = 0;
      end(error as Error);
    }
  };
  bytes.on('data', add).on('end', finish).on('error', end);
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  if (first === undefined) return '';
  return (chunks.length === 1 ? first : Buffer.concat(chunks)).toString('utf8');
}

/** A step of it, for Slices. */
function decoding(chunks: Buffer[], done: (text: string) => void): (until: number) => boolean {
  const decoder = new StringDecoder('utf8');
  const texts: string[] = [];
  let next = 0;
  return (until) => {
    for (let chunk = chunks[next]; chunk !== undefined; chunk = chunks[next]) {
      if (performance.now() >= until) return true;
      texts.push(decoder.write(chunk));
      chunks[next++] = NOTHING; // It may be let go.
    }
    texts.push(decoder.end());
    done(texts.join(''));
    return false;
  };
}
const NOTHING = Buffer.alloc(0);
