// TcpSocket against the loopback: what each situation looks like, and what can be asked of a socket.
import { constants } from 'node:os';
import t from 'tap';
import { EPOLLERR, EPOLLHUP, EPOLLOUT } from '../../native-bindings/linux.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';
import { bindLoopback, closedPort, loopback, openPort, silentPort, waitFor } from '../support/raw-sockets.ts';
import { connect, open } from '../support/tcp-sockets.ts';

const { EINPROGRESS, ECONNREFUSED, EADDRNOTAVAIL } = constants.errno;
const ESTABLISHED = 1;
const SYN_SENT = 2;
const CLOSE = 7;
const BOTH = [4, 6] as const;

const before = openDescriptors();

for (const family of BOTH) {
  t.test(`IPv${family}: a port that listens is established, with its round trip`, (t) => {
    const socket = open(t, family);
    t.equal(connect(socket, openPort(t, family)), EPOLLOUT);
    const info = socket.readInfo();
    t.equal(info.state, ESTABLISHED);
    t.ok(info.rttUs > 0 && info.rttUs < 1_000_000, `${info.rttUs} µs`);
    t.match(info, { totalRetrans: 0, segsIn: 1 });
    t.equal(socket.takeError(), 0);
    t.equal(socket.isSelfConnected(), false);
    t.equal(socket.takeIcmpError(), null);
    t.end();
  });

  t.test(`IPv${family}: a port that is bound and does not listen is refused by RST`, (t) => {
    const socket = open(t, family);
    t.equal(connect(socket, closedPort(t, family)), EPOLLOUT | EPOLLERR | EPOLLHUP);
    t.match(socket.readInfo(), { state: CLOSE, segsOut: 1, segsIn: 1 });
    t.ok((socket.localName()?.port ?? 0) > 0, 'after RST it still has its name');
    t.equal(socket.takeError(), ECONNREFUSED);
    t.equal(socket.takeError(), 0, 'SO_ERROR is cleared as it is read');
    t.equal(socket.takeIcmpError(), null, 'no ICMP message said so');
    t.end();
  });

  t.test(`IPv${family}: a full queue is silence`, (t) => {
    const socket = open(t, family);
    const silent = silentPort(t, family);
    t.equal(socket.connect(silent.address.bytes, 0, silent.port), EINPROGRESS);
    t.equal(waitFor(socket.fd, EPOLLOUT, 50), 0);
    t.match(socket.readInfo(), { state: SYN_SENT, segsOut: 1, segsIn: 0 });
    t.equal(socket.takeError(), 0);
    t.end();
  });

  t.test(
    `IPv${family}: after disconnect() the same socket connects again, and its facts are of the new connect`,
    (t) => {
      const socket = open(t, family);
      const listening = openPort(t, family);
      const closed = closedPort(t, family);
      for (let i = 0; i < 5; i++) {
        connect(socket, listening);
        t.match(socket.readInfo(), { state: ESTABLISHED, segsIn: 1, totalRetrans: 0 });
        socket.disconnect();
        t.match(socket.readInfo(), { state: CLOSE, segsOut: 0, segsIn: 0, rttUs: 0 });
        connect(socket, closed);
        t.match(socket.readInfo(), { state: CLOSE, segsOut: 1, segsIn: 1 });
        t.equal(socket.takeError(), ECONNREFUSED);
        socket.disconnect();
      }
      t.equal(socket.takeError(), 0);
      t.end();
    },
  );

  t.test(`IPv${family}: a closed port in the ephemeral range that connects to itself is told from an open one`, (t) => {
    const socket = open(t, family);
    const self = loopback(bindLoopback(socket.fd, family), family);
    const errno = socket.connect(self.address.bytes, 0, self.port);
    t.ok(errno === 0 || errno === EINPROGRESS, `connect returned ${errno}`);
    waitFor(socket.fd, EPOLLOUT, 1000);
    t.equal(socket.readInfo().state, ESTABLISHED);
    t.equal(socket.takeError(), 0, 'nothing but the names tells');
    t.ok(socket.readInfo().segsIn > 1, 'and the segments that came in: the reason to compare the names');
    t.equal(socket.isSelfConnected(), true);
    t.end();
  });
}

t.test('bindAddress gives the source address, and a port for each destination of its own', (t) => {
  const socket = open(t);
  socket.bindAddress(4, Uint8Array.of(9, 9, 127, 0, 0, 77), 2);
  t.equal(connect(socket, openPort(t)), EPOLLOUT);
  t.equal(socket.readInfo().state, ESTABLISHED);
  t.end();
});

t.test('a source address that is not of this machine is EADDRNOTAVAIL from bind', (t) => {
  const socket = open(t);
  // A bind sends nothing. 192.0.2.0/24 is nobody's.
  const foreign = Uint8Array.of(192, 0, 2, 1);
  t.throws(() => socket.bindAddress(4, foreign, 0), { syscall: 'bind', errno: EADDRNOTAVAIL, code: 'EADDRNOTAVAIL' });
  t.end();
});

t.test('bindInterface binds to lo, and names the errno for an interface that does not exist', (t) => {
  const socket = open(t);
  t.throws(() => socket.bindInterface(Buffer.from('reachd-none\0')), { syscall: 'setsockopt', code: 'ENODEV' });
  socket.bindInterface(Buffer.from('lo\0'));
  t.equal(connect(socket, openPort(t)), EPOLLOUT);
  t.end();
});

t.test('what connect(2) itself knows comes back as an errno, and nothing is thrown', (t) => {
  const socket = open(t);
  const { address, port } = openPort(t);
  connect(socket, loopback(port));
  t.equal(socket.connect(address.bytes, 0, port), 0, 'a second connect finds the first one done');
  t.equal(socket.connect(address.bytes, 0, port), constants.errno.EISCONN);
  t.end();
});

t.test('a socket is non-blocking and close-on-exec, and has the family it was asked for', (t) => {
  for (const family of BOTH) {
    const socket = open(t, family);
    t.equal(socket.family, family);
    const silent = silentPort(t, family);
    const start = performance.now();
    socket.connect(silent.address.bytes, 0, silent.port);
    t.ok(performance.now() - start < 500, 'connect returned at once');
  }
  t.end();
});

for (const family of BOTH) {
  t.test(`IPv${family}: a port may be bound again as soon as its socket is gone, and by two at once`, (t) => {
    const first = new TcpSocket(family);
    first.bindPort(null, 0);
    first.limitHops(1);
    const closed = closedPort(t, family);
    t.equal(connect(first, closed), EPOLLOUT | EPOLLERR | EPOLLHUP, 'this host is no router');
    const port = first.localName()?.port ?? 0;
    t.ok(port > 0);
    first.reset();
    const [second, third] = [open(t, family), open(t, family)];
    second.bindPort(loopback(1, family).address.bytes, port);
    third.bindPort(null, port);
    t.equal(connect(second, closed), EPOLLOUT | EPOLLERR | EPOLLHUP);
    t.match(second.localName(), { port, bytes: loopback(1, family).address.bytes });
    t.end();
  });
}

t.test('a closed socket answers EBADF to everything that expects a result', (t) => {
  const socket = new TcpSocket(4);
  socket.close();
  t.throws(() => socket.takeError(), { syscall: 'getsockopt', code: 'EBADF' });
  t.throws(() => socket.readInfo(), { syscall: 'getsockopt', code: 'EBADF' });
  t.throws(() => socket.isSelfConnected(), { syscall: 'getsockname', code: 'EBADF' });
  t.throws(() => socket.bindPort(null, 0), { syscall: 'setsockopt', code: 'EBADF' });
  t.throws(() => socket.limitHops(1), { syscall: 'setsockopt', code: 'EBADF' });
  t.throws(() => socket.halveHandshakes(), { syscall: 'setsockopt', code: 'EBADF' });
  t.throws(() => socket.disconnect(), { syscall: 'connect', code: 'EBADF' });
  t.equal(socket.connect(Uint8Array.of(127, 0, 0, 1), 0, 1), constants.errno.EBADF);
  t.throws(() => socket.takeIcmpError(), { syscall: 'recvmsg', code: 'EBADF' });
  t.end();
});

t.test('nothing is left open', (t) => assertBack(t, before, 1000));
