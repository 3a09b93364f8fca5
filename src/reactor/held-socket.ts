// A socket as the reactor holds it: its row in the table of sockets.ts, what its options are good for, and who uses it. It
// does not know what its holder is.
import { TCP_CLOSE } from '../../native-bindings/linux.ts';
import type { TcpSocket } from '../../native-bindings/tcp-socket.ts';

/** The handshake that a socket's options are set for; null when it is bound to a source, and so good for one attempt. */
export type Use = 'half' | 'full' | null;

export interface HeldSocket<Holder> {
  /** Its row in the table. */
  readonly index: number;
  /** Tells it from the sockets that had the row before. */
  readonly generation: number;
  readonly tcp: TcpSocket;
  readonly use: Use;
  /** Null while nobody uses it. */
  holder: Holder | null;
  /** Whether epoll watches it. */
  watched: boolean;
}

/** Whether the connection is over on both sides. False where the kernel does not say. */
export function isClosed({ tcp }: HeldSocket<unknown>): boolean {
  try {
    return tcp.readInfo().state === TCP_CLOSE;
  } catch {
    return false;
  }
}

/** Makes the socket ready for another connect. False when the kernel would not. */
export function disconnect({ tcp }: HeldSocket<unknown>): boolean {
  try {
    tcp.disconnect();
    return true;
  } catch {
    return false;
  }
}
