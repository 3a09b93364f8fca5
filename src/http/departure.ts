// How long a caller's checks are worth running: until the caller leaves, or until the process gives up its grace
// period. One signal for both.
import type { FastifyReply } from 'fastify';

/**
 * Runs `work` with a signal that is aborted when the connection closes before the reply is written, or when `abortAll`
 * is. While it runs, silence on the connection is reachd's own, so the idle timeout of the socket is suspended.
 */
export async function whileWanted<T>(
  reply: FastifyReply,
  abortAll: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  // 'close' of the request says only that its body has been read; 'close' of the response, that the connection is gone.
  const leave = () => {
    if (!reply.raw.writableFinished) abort();
  };
  const idleTimeoutMs = reply.raw.socket?.timeout ?? 0;
  reply.raw.once('close', leave);
  abortAll.addEventListener('abort', abort, { once: true });
  if (abortAll.aborted) abort();
  if (idleTimeoutMs > 0) reply.raw.setTimeout(0);
  try {
    return await work(controller.signal);
  } finally {
    reply.raw.off('close', leave);
    abortAll.removeEventListener('abort', abort);
    if (idleTimeoutMs > 0) reply.raw.setTimeout(idleTimeoutMs);
  }
}
