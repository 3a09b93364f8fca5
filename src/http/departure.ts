// How long a caller's checks are worth running: until the caller leaves, or until the process gives up its grace
// period. One signal for both.
import type { FastifyReply } from 'fastify';
import { onAbort } from '../check/on-abort.ts';

/**
 * Controllers that nobody has aborted and nobody uses. A signal costs more than a whole check, and so does each first
 * listener on one; those who listen to a signal keep one listener for all its time.
 */
const spare: AbortController[] = [];
const MOST_SPARE = 256;

/**
 * Runs `work` with a signal that is aborted when the connection closes before the reply is written, or when `abortAll`
 * is. While it runs, silence on the connection is reachd's own, so the idle timeout of the socket is suspended.
 */
export async function whileWanted<T>(
  reply: FastifyReply,
  abortAll: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = spare.pop() ?? new AbortController();
  const abort = () => {
    controller.abort();
  };
  // 'close' of the request says only that its body has been read; 'close' of the response, that the connection is gone.
  const leave = () => {
    if (!reply.raw.writableFinished) abort();
  };
  const idleTimeoutMs = reply.raw.socket?.timeout ?? 0;
  reply.raw.once('close', leave);
  const forget = onAbort(abortAll, abort);
  if (idleTimeoutMs > 0) reply.raw.setTimeout(0);
  try {
    const answer = await work(controller.signal);
    if (!controller.signal.aborted && spare.length < MOST_SPARE) spare.push(controller);
    return answer;
  } finally {
    reply.raw.off('close', leave);
    forget();
    if (idleTimeoutMs > 0) reply.raw.setTimeout(idleTimeoutMs);
  }
}
