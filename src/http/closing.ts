// How a connection is closed so that its peer has read what was said. A close before all of a request is read is an RST: to
// a peer that is still sending it says that its write has failed, and most then never look for the reply (RFC 9112, 9.6).
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** What a peer has to take the reply, or to send more of what is only read, before it is closed for it. */
const LAST_WORD_MS = 1000;

/** By connection: the last request that was answered, or is, before its body had come. */
const unread = new WeakMap<Socket, IncomingMessage>();

/** Ends a connection that has had its last word. A peer that ignores the FIN, and sends on, would keep the descriptor. */
export function endSoon(socket: Socket): void {
  if (!(socket instanceof Socket)) return; // A test's own.
  socket.end();
  const end = setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
  socket.on('close', () => clearTimeout(end));
}

/**
 * Where the reply to `request` is the last of its connection, closes that only when the request has been read, or nothing more
 * of it came for a second; the request's own bound in time holds too. Somebody has to read it.
 */
export function closeWhenRead(request: IncomingMessage): void {
  const { socket } = request;
  if (!(socket instanceof Socket)) return; // A test's own.
  // Node calls it behind the last reply of a connection.
  if (!unread.has(socket)) socket.destroySoon = () => closeBehind(socket);
  unread.set(socket, request);
}

/** The last reply of `socket` is written. */
export function closeBehind(socket: Socket): void {
  if (!(socket instanceof Socket)) return; // A test's own.
  const request = unread.get(socket);
  const destroySoon = (): void => Socket.prototype.destroySoon.call(socket);
  if (request === undefined || request.complete) return destroySoon();
  request.on('end', destroySoon);
  // Node tells it of the silence of its connection. Where it is we who do not read, that says nothing of the peer.
  request.on('timeout', () => {
    if (request.isPaused()) socket.setTimeout(LAST_WORD_MS);
    else socket.destroy();
  });
  socket.end();
  socket.setTimeout(LAST_WORD_MS);
}

/** Whether this side has ended the connection: what still comes on it is no request (RFC 9112, 9.6). */
export function isEnded({ socket }: IncomingMessage): boolean {
  return socket instanceof Socket && socket.writableEnded;
}
