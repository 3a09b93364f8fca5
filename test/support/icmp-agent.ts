// Connects inside the lab and says what the socket's error queue had to tell.
import { EPOLLERR, EPOLLOUT } from '../../native-bindings/linux.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import { parseAddress } from '../../src/net/address.ts';
import { serve } from './lab/serve.ts';
import { waitFor } from './raw-sockets.ts';

export interface Seen {
  readonly events: number;
  readonly errno: number;
  readonly state: number;
  readonly segsIn: number;
  /** The queue's entries until it was empty. */
  readonly icmp: readonly {
    errno: number;
    type: number;
    code: number;
    fromFamily: 4 | 6;
    from: number[];
  }[];
}

const methods = {
  connect(address: string, port: number, timeoutMs = 1000): Seen {
    const { family, bytes } = parse(address);
    const socket = new TcpSocket(family);
    try {
      socket.connect(bytes, 0, port);
      const events = waitFor(socket.fd, EPOLLOUT, timeoutMs);
      return look(socket, events);
    } finally {
      socket.reset();
    }
  },

  /**
   * Connects, waits for an ICMP error over the established connection, and connects to `next` with the same socket.
   * `first` is whether EPOLLERR told of it, `second` what the next connect found.
   */
  reuse(address: string, port: number, next: number): { first: boolean; second: Seen } {
    const { family, bytes } = parse(address);
    const socket = new TcpSocket(family);
    try {
      socket.connect(bytes, 0, port);
      const first = (waitFor(socket.fd, 0, 1000) & EPOLLERR) !== 0;
      socket.disconnect();
      socket.connect(bytes, 0, next);
      return { first, second: look(socket, waitFor(socket.fd, 0, 20)) };
    } finally {
      socket.reset();
    }
  },
};
export type IcmpAgentMethods = typeof methods;

serve(methods);

function look(socket: TcpSocket, events: number): Seen {
  const { state, segsIn } = socket.readInfo();
  const errno = socket.takeError();
  const icmp: Seen['icmp'][number][] = [];
  for (let entry = socket.takeIcmpError(); entry !== null; entry = socket.takeIcmpError())
    icmp.push({ ...entry, from: [...entry.from] });
  return { events, errno, state, segsIn, icmp };
}

function parse(address: string): { family: 4 | 6; bytes: Uint8Array } {
  const parsed = parseAddress(address);
  if (parsed === null) throw new Error(`not an address: ${address}`);
  return parsed;
}
