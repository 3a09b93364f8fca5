// A TcpSocket for one test, and a connect that is over when it returns.
import { constants } from 'node:os';
import type { Test } from 'tap';
import { EPOLLOUT } from '../../native-bindings/linux.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { Endpoint } from '../../src/reactor/protocol.ts';
import { waitFor } from './raw-sockets.ts';

const { EINPROGRESS } = constants.errno;

/** Reset when the test ends. */
export function open(t: Test, family: 4 | 6 = 4): TcpSocket {
  const socket = new TcpSocket(family);
  t.teardown(() => socket.reset());
  return socket;
}

/** Connects, and waits for its end: the events that told of it. */
export function connect(socket: TcpSocket, endpoint: Endpoint): number {
  const errno = socket.connect(endpoint.address.bytes, 0, endpoint.port);
  if (errno !== EINPROGRESS) throw new Error(`connect returned ${errno}`);
  return waitFor(socket.fd, EPOLLOUT, 1000);
}
