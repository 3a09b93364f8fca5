// How long the checks of a request are worth running: until its caller leaves, or until the process gives up its grace
// period.
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { Cancellation } from '../check/cancellation.ts';

/**
 * Runs `work` with a cancellation that is cancelled when the connection closes before the reply is written, or with
 * `shutdown`. While it runs, silence on the connection is reachd's own, so the idle timeout does not end it; where `work`
 * waits for its caller too, `isOwnSilence` says which of the two it is.
 */
export async function whileWanted<T>(
  reply: FastifyReply,
  shutdown: Cancellation,
  work: (cancellation: Cancellation) => Promise<T>,
  isOwnSilence: () => boolean = () => true,
): Promise<T> {
  const cancellation = new Cancellation();
  let isRunning = true;
  // 'close' of the request says only that its body has been read; 'close' of the response, that the connection is gone.
  // Neither listener is taken off: an emitter that has lost one is slower at all the rest of its work.
  reply.raw.on('close', () => {
    if (isRunning) cancellation.cancel();
  });
  // A reply that somebody hears the timeout of is not destroyed by it (http.Server, event 'timeout'). The timer of a socket
  // goes off once: begun anew, it ends a connection whose reader has stopped reading meanwhile, when the work is done.
  reply.raw.on('timeout', (socket: Socket) => {
    if (isRunning && isOwnSilence()) socket.setTimeout(socket.timeout ?? 0);
    else socket.destroy();
  });
  shutdown.add(cancellation);
  try {
    return await work(cancellation);
  } finally {
    isRunning = false;
    shutdown.delete(cancellation);
  }
}
