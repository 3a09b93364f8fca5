// A reply in JSON whose results are many: its text is made in slices, and no faster than it is read.
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import type { Slices } from '../check/slices.ts';

const HIGH_WATER_BYTES = 64 * 1024;

/** `pieces` as a stream. */
export function sliced(pieces: Iterator<string, void>, slices: Slices): Readable {
  const work = (until: number): void => {
    if (body.destroyed) return;
    let text = '';
    let isDone: boolean | undefined = false;
    while (isDone !== true && text.length < HIGH_WATER_BYTES && performance.now() < until) {
      const piece = pieces.next();
      isDone = piece.done;
      if (piece.done !== true) text += piece.value;
    }
    const hasRoom = text === '' || body.push(text);
    if (isDone === true) body.push(null);
    else if (hasRoom) slices.ask(work);
  };
  const body = new Readable({ read: () => slices.ask(work), highWaterMark: HIGH_WATER_BYTES, encoding: 'utf8' });
  return body;
}
