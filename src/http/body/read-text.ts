// Reads a body as text, counting what it takes while it arrives: a body that is half sent is held, too. A large one is read and
// decoded when it is its turn.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Part } from '../../check/pool.ts';
import { Problem } from '../problems.ts';
import { HeldBytes } from './held-bytes.ts';
import type { LargeBodies } from './large-bodies.ts';

/** A character outside of Latin 1 makes two bytes of each character of the text. */
const BYTES_A_BYTE = 2;

// What is still on its way may be any number of bytes: the connection is not used again.
function tooLarge(limit: number): Problem {
  const detail = `The body is larger than the ${limit} bytes that MAX_TARGETS targets can need.`;
  return new Problem('payload-too-large', detail, { headers: { connection: 'close' } });
}

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
  if (Number(headers['content-length'] ?? 0) > limit) return done(tooLarge(limit), '');
  const held = new HeldBytes(large.blocks);
  // The listeners stay: removing one makes the emitter slower for everything after it.
  let isOver = false;
  const end = (error: Error | null, text = ''): void => {
    if (isOver) return;
    isOver = true;
    held.clear();
    done(error, text);
  };
  const finish = (): void => {
    if (isOver) return;
    if (held.isLarge) large.slices.run(held.decoding((text) => end(null, text))).catch(end);
    else end(null, held.text());
  };
  const add = (chunk: Buffer): void => {
    if (isOver) return; // unread-body.ts has it.
    try {
      if (held.length + chunk.length > limit) throw tooLarge(limit);
      memory.take(chunk.length * BYTES_A_BYTE);
      held.add(chunk);
      if (held.isLarge) large.wait(bytes);
    } catch (error) {
      memory.giveBack(memory.has);
      end(error as Error);
    }
  };
  bytes.on('data', add).on('end', finish).on('error', end);
}
