// Results that the worker has posted and the main thread has not taken in. Where they are many the worker starts nothing
// more: it is quicker than the main thread, and each result would wait behind all of them, another caller's too. What is
// held up waits in the worker instead, where callers take turns.
// Each side changes its own word before it reads the other's, as in wake.ts: a worker that is held up is always called.
import { SHARED } from '../protocol.ts';

/** Above this the worker starts nothing but what takes the express lane (queue.ts): some milliseconds' worth for the main thread. With 256 a batch loses an eighth of its pace. */
export const MAX_UNREAD = 1024;
/** One message of silence is taken in and one waits, of 64 (outbox.ts has larger ones where nobody else is under way); with so many more none is posted: who is answered meanwhile hears it first. */
export const MAX_UNREAD_BEFORE_SILENCE = 65;
/** So many are left when the worker is called again: both have something to do meanwhile. */
const RESUME_AT = MAX_UNREAD / 2;

/** Worker, with a message. */
export function notePosted(shared: Int32Array, results: number): void {
  Atomics.add(shared, SHARED.unread, results);
}

/** Main thread, after a message. Whether the worker was held up, and has to be called. */
export function noteTaken(shared: Int32Array, results: number): boolean {
  const left = Atomics.sub(shared, SHARED.unread, results) - results;
  return left <= RESUME_AT && Atomics.exchange(shared, SHARED.heldUp, 0) === 1;
}

/** Worker: whether as many as `most` are unread. Then it is called when some are taken in. */
export function isHeldUp(shared: Int32Array, most = MAX_UNREAD): boolean {
  if (Atomics.load(shared, SHARED.unread) < most) return false;
  Atomics.store(shared, SHARED.heldUp, 1);
  return Atomics.load(shared, SHARED.unread) >= most;
}
