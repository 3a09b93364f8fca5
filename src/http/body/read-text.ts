// Reads a body as text, counting what it takes while it arrives: a body that is half sent is held, too.
import { StringDecoder } from 'node:string_decoder';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Part } from '../../check/pool.ts';
import { Problem } from '../problems.ts';

/** A character outside of Latin 1 makes two bytes of each character of the text. */
const BYTES_A_BYTE = 2;

// What is not read may still be on its way: the connection cannot be used again.
const TOO_LARGE = new Problem('payload-too-large', 'The body is larger than MAX_TARGETS targets can need.', {
  headers: { connection: 'close' },
});

/** The text of `bytes`, at most `limit` of them, for which `memory` has room; it is `memory`'s until that is closed. */
export function readText(
  bytes: Readable,
  { headers }: IncomingMessage,
  limit: number,
  memory: Part,
  done: (error: Error | null, text: string) => void,
): void {
  if (Number(headers['content-length'] ?? 0) > limit) return done(TOO_LARGE, '');
  const decoder = new StringDecoder('utf8');
  const texts: string[] = [];
  let length = 0;
  // The listeners stay: removing one makes the emitter slower for everything after it.
  let isOver = false;
  const end = (error: Error | null): void => {
    if (isOver) return;
    isOver = true;
    done(error, error === null ? texts.join('') : '');
  };
  const finish = (): void => {
    texts.push(decoder.end());
    end(null);
  };
  const add = (chunk: Buffer): void => {
    if (isOver) return; // Read, so that the reply is not lost, and not kept.
    length += chunk.length;
    try {
      if (length > limit) throw TOO_LARGE;
      memory.take(chunk.length * BYTES_A_BYTE);
      texts.push(decoder.write(chunk));
    } catch (error) {
      memory.giveBack(memory.has);
      end(error as Error);
    }
  };
  bytes.on('data', add).on('end', finish).on('error', end);
}
