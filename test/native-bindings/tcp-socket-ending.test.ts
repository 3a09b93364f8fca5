// How a connection ends, as the application behind the port sees it: not at all, in order, or with RST.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { EPOLLIN } from '../../native-bindings/linux.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { Endpoint } from '../../src/reactor/protocol.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';
import { loopback, waitFor } from '../support/raw-sockets.ts';
import { connect, open } from '../support/tcp-sockets.ts';

const ESTABLISHED = 1;
const CLOSE = 7;

const before = openDescriptors();

/** A server that counts, on a port of the loopback. */
async function count(t: Test): Promise<{ endpoint: Endpoint; accepted: Socket[]; ends: string[] }> {
  const accepted: Socket[] = [];
  const ends: string[] = [];
  const server: Server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? error.message));
    socket.on('end', () => ends.push('FIN'));
    socket.resume();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  return { endpoint: loopback((server.address() as AddressInfo).port), accepted, ends };
}

t.test('with the ACK delayed, the handshake ends after SYN and SYN-ACK, and no accept() ever sees it', async (t) => {
  const { endpoint, accepted } = await count(t);
  const socket = new TcpSocket(4);
  for (let i = 0; i < 10; i++) {
    socket.halveHandshakes();
    connect(socket, endpoint);
    t.match(socket.readInfo(), { state: ESTABLISHED, segsOut: 1, segsIn: 1 });
    socket.disconnect();
  }
  socket.close();
  const half = new TcpSocket(4);
  half.halveHandshakes();
  connect(half, endpoint);
  half.reset();
  const closed = new TcpSocket(4);
  closed.halveHandshakes();
  connect(closed, endpoint);
  closed.close();
  await sleep(300);
  t.equal(accepted.length, 0);
});

t.test('without it, the handshake is whole and accept() sees it', async (t) => {
  const { endpoint, accepted, ends } = await count(t);
  const socket = new TcpSocket(4);
  connect(socket, endpoint);
  t.equal(socket.readInfo().segsOut, 2);
  socket.close();
  while (ends.length === 0) await sleep(5);
  t.equal(accepted.length, 1);
  t.same(ends, ['FIN'], 'close() ends it in order');
});

t.test('reset() ends an established connection with RST', async (t) => {
  const { endpoint, ends } = await count(t);
  const socket = new TcpSocket(4);
  connect(socket, endpoint);
  socket.reset();
  while (ends.length === 0) await sleep(5);
  t.same(ends, ['ECONNRESET']);
});

t.test('a peer that has reset the connection has no name, and is not this socket', async (t) => {
  const { endpoint, accepted } = await count(t);
  const socket = open(t);
  connect(socket, endpoint);
  while (accepted.length === 0) await sleep(5);
  accepted[0]?.resetAndDestroy();
  waitFor(socket.fd, EPOLLIN, 1000);
  t.equal(socket.readInfo().state, CLOSE);
  t.equal(socket.isSelfConnected(), false);
});

t.test('nothing is left open', (t) => assertBack(t, before, 1000));
