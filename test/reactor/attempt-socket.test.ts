// On a fake kernel: what becomes of an attempt’s socket.
import { constants } from 'node:os';
import t from 'tap';
import { EPOLLERR, EPOLLHUP, EPOLLOUT } from '../../native-bindings/linux.ts';
import { ESTABLISHED, LOCAL_PORT, ROUTER } from '../support/fake-socket.ts';
import { IDLE_MS } from '../../src/reactor/sockets.ts';
import { bench } from '../support/reactor-bench.ts';

const { EHOSTUNREACH } = constants.errno;

t.test('a half-open handshake delays its ACK and is reset; a full one does neither', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const half = b.kernel.socket();
  half.answer();
  b.turn();
  t.same(half.calls, ['halveHandshakes', 'connect', 'readInfo', 'disconnect']);
  b.sockets.trim();

  b.start(2, { handshake: 'full' });
  b.turn();
  const full = b.kernel.socket();
  full.answer();
  b.turn();
  t.same(full.calls, ['connect', 'readInfo', 'finish'], 'it ends with FIN');
  b.clock.advance(IDLE_MS);
  b.turn();
  t.equal(full.calls.at(-1), 'close', 'and is closed once the peer has had its time');
  t.equal(b.kernel.sockets.size, 0);
  t.end();
});

t.test('after an answer or a RST the socket serves the next attempt, after anything else it does not', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.socket().answer();
  b.turn();
  b.start(2);
  b.turn();
  b.kernel.socket().refuse();
  b.turn();
  t.equal(b.kernel.opened, 1);
  b.start(3, { timeoutMs: 10 });
  b.turn();
  t.equal(b.kernel.opened, 1, 'the third takes it too');
  b.clock.advance(10);
  b.turn(2);
  t.equal(b.kernel.sockets.size, 0, 'a connect that did not end leaves nothing to keep');
  t.same(
    b.taken().map(({ ending }) => ending),
    ['established', 'error', 'expired'],
  );
  t.end();
});

t.test('a source binds the interface first, then the address, and its socket is never used again', (t) => {
  const b = bench(t);
  const address = { family: 4, bytes: Uint8Array.of(127, 0, 0, 2) } as const;
  b.start(1, { source: { address, interface: 'lo' } });
  b.turn();
  const socket = b.kernel.socket();
  socket.answer();
  b.turn();
  t.same(socket.calls, ['bindInterface', 'bindAddress', 'halveHandshakes', 'connect', 'readInfo', 'reset']);
  t.end();
});

t.test('a probe has a port and a hop limit of its own, tells its port, and leaves its socket to nobody', (t) => {
  const b = bench(t);
  b.start(1, { probe: { ttl: 3, sourcePort: 0 } });
  b.turn();
  const router = b.kernel.socket();
  router.errorQueue.push({ errno: EHOSTUNREACH, type: 11, code: 0, ...ROUTER });
  router.raise(EPOLLERR);
  b.turn();
  t.same(router.calls.slice(0, 4), ['bindPort', 'limitHops', 'halveHandshakes', 'connect']);
  t.same(router.calls.slice(-2), ['localName', 'reset']);
  t.match(b.taken(), [{ ending: 'error', icmp: { type: 11 }, local: { port: LOCAL_PORT } }]);

  const address = { family: 4, bytes: Uint8Array.of(127, 0, 0, 2) } as const;
  b.start(2, { probe: { ttl: 4, sourcePort: LOCAL_PORT }, source: { address, interface: 'lo' } });
  b.turn();
  const answered = b.kernel.socket();
  answered.answer();
  b.turn();
  t.same(answered.calls, ['bindInterface', 'bindPort', 'limitHops', 'halveHandshakes', 'connect', 'readInfo', 'reset']);
  b.start(3);
  b.turn();
  t.equal(b.kernel.opened, 3, 'a check that follows has a socket of its own');
  t.end();
});

t.test('an event for an idle socket, or for an older generation, is nobody’s', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  const { index, generation } = socket.registration ?? { index: -1, generation: -1 };
  socket.answer();
  b.turn();
  b.taken();
  socket.raise(EPOLLOUT | EPOLLHUP | EPOLLERR);
  b.turn();
  t.same(socket.calls.slice(-1), ['disconnect'], 'the idle socket was not touched');

  b.sockets.trim();
  b.start(2);
  b.turn();
  t.equal(b.kernel.socket().registration?.index, index, 'the row is used again');
  b.kernel.socket().info = { ...b.kernel.socket().info, state: ESTABLISHED };
  b.kernel.raise(index, generation, EPOLLOUT);
  b.turn();
  t.same(b.taken(), [], 'an event of the former socket is not an event of this one');
  t.equal(b.inFlight, 1);
  t.end();
});

t.test('a slot is used again as soon as its result is out', (t) => {
  const b = bench(t);
  for (let round = 0; round < 3; round++) {
    b.start(4);
    b.turn();
    b.kernel.socket().answer();
    b.turn();
    t.match(b.taken(), [{ slot: 4, ending: 'established', icmp: null, errno: 0 }]);
    b.start(4);
    b.turn();
    const socket = b.kernel.socket();
    socket.errorQueue.push({ errno: EHOSTUNREACH, type: 3, code: 1, ...ROUTER });
    socket.raise(EPOLLERR);
    b.turn();
    t.match(b.taken(), [{ slot: 4, ending: 'error', errno: EHOSTUNREACH, icmp: { code: 1 } }]);
  }
  t.end();
});
