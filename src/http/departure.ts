// How long a caller's checks are worth running: until the caller leaves, or until the process gives up its grace
// period. One signal for both.
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { onAbort } from '../check/on-abort.ts';

/**
 * Controllers that nobody has aborted and nobody uses. A signal costs more than a whole check, and so does each first
 * listener on one; those who listen to a signal keep one listener for all its time.
 */
const spare: AbortController[] = [];
const MOST_SPARE = 256;

/** The reason of every abort. Left to itself, each would make an error of its own, with a stack that nobody reads. */
const GONE = new DOMException('the checks are no longer wanted', 'AbortError');

/**
 * Runs `work` with a signal that is aborted when the connection closes before the reply is written, or when `abortAll`
 * is. While it runs, silence on the connection is reachd's own, so the idle timeout does not end it.
 */
export async function whileWanted<T>(
  reply: FastifyReply,
  abortAll: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = spare.pop() ?? new AbortController();
  let isWanted = true;
  const abort = (): void => {
    if (isWanted) controller.abort(GONE);
  };
  // 'close' of the request says only that its body has been read; 'close' of the response, that the connection is gone.
  // Neither listener is taken off: an emitter that has lost one is slower at all the rest of its work.
  reply.raw.on('close', abort);
  // A reply that somebody hears the timeout of is not destroyed by it (http.Server, event 'timeout'). The timer of a socket
  // goes off once: begun anew, it ends a connection whose reader has stopped reading meanwhile, when the work is done.
  reply.raw.on('timeout', (socket: Socket) => {
    if (isWanted) socket.setTimeout(socket.timeout ?? 0);
    else socket.destroy();
  });
  const forget = onAbort(abortAll, abort);
  try {
    const answer = await work(controller.signal);
    if (!controller.signal.aborted && spare.length < MOST_SPARE) spare.push(controller);
    return answer;
  } finally {
    isWanted = false;
    forget();
  }
}
