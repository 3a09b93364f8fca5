// Cancels the checks of a request when its caller leaves, or when the grace period of a shutdown ends. What they make this
// process hold is held until they are over.
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { Cancellation } from '../check/cancellation.ts';

/**
 * Runs `work` with a cancellation that is cancelled when the connection closes before the reply is written, or with
 * `shutdown`. While it runs, the caller waits for reachd, so the idle timeout does not close the connection; where `work`
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
  // Both listeners stay: removing one makes the emitter slower for everything after it.
  const leave = (): void => {
    if (isRunning) cancellation.abandon();
  };
  reply.raw.on('close', leave);
  // A response that waits behind another one on its connection has no 'close' when that connection closes.
  const { socket } = reply.request.raw;
  const isBehind = reply.raw.socket === null;
  if (isBehind) socket.on('close', leave);
  // A listener keeps the timeout from destroying the socket (http.Server, event 'timeout'). The timer fires once, so start it
  // again: after the work, it must end a connection whose caller has stopped reading.
  reply.raw.on('timeout', (socket: Socket) => {
    if (isRunning && isOwnSilence()) socket.setTimeout(socket.timeout ?? 0);
    else socket.destroy();
  });
  const { memory } = reply.request;
  memory.work();
  shutdown.add(cancellation);
  try {
    return await work(cancellation);
  } catch (error) {
    cancellation.cancel(); // Nobody gets what is still running.
    throw error;
  } finally {
    isRunning = false;
    if (isBehind) socket.off('close', leave);
    shutdown.delete(cancellation);
    memory.rest();
  }
}
