// On a fake kernel: which evidence makes which ending.
import { constants } from 'node:os';
import t from 'tap';
import { EPOLLERR, EPOLLHUP, EPOLLOUT } from '../../native-bindings/linux.ts';
import { CLOSE_WAIT, ESTABLISHED, LOCAL_PORT, ROUTER, SYN_SENT } from '../support/fake-socket.ts';
import { monotonicMs } from '../../src/clock.ts';
import { bench, near } from '../support/reactor-bench.ts';

const { ECONNREFUSED, ECONNRESET, EHOSTUNREACH, EINTR, ENETUNREACH } = constants.errno;

t.test('an answer is an established attempt, with its facts and its times', (t) => {
  const b = bench(t);
  b.start(5);
  b.post();
  b.clock.advance(2);
  b.turn();
  b.clock.advance(3);
  b.kernel.socket().answer(250);
  b.turn();
  const [result, ...more] = b.taken();
  t.same(more, []);
  t.match(result, { slot: 5, ending: 'established', errno: 0, syscall: null, icmp: null });
  t.same(result?.tcp, { state: ESTABLISHED, rttUs: 250, synRetransmits: 0, segsOut: 1, segsIn: 1 });
  near(t, result?.queuedMs, 2);
  near(t, result?.latencyMs, 3);
  t.end();
});

t.test('a RST is an error with ECONNREFUSED and no ICMP', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.socket().refuse();
  b.turn();
  t.match(b.taken(), [
    { slot: 1, ending: 'error', errno: ECONNREFUSED, syscall: null, icmp: null, tcp: { segsIn: 1 } },
  ]);
  t.end();
});

t.test('what is not open has its source and its start, and an open attempt is not asked for its name', (t) => {
  const b = bench(t);
  const startedAt = monotonicMs();
  for (const slot of [1, 2, 3]) b.start(slot);
  b.turn();
  const [open, refused, silent] = [...b.kernel.sockets.values()];
  open?.answer();
  refused?.refuse();
  b.turn();
  b.clock.advance(1000);
  b.turn();
  const results = b.taken();
  t.same(
    results.map(({ ending, local }) => [ending, local?.port]),
    [
      ['established', undefined],
      ['error', LOCAL_PORT],
      ['expired', LOCAL_PORT],
    ],
  );
  for (const result of results) near(t, result.startedAt ?? NaN, startedAt);
  t.notOk(open?.calls.includes('localName'));
  t.ok(silent?.calls.includes('localName'));
  t.end();
});

t.test('an attempt that connect(2) turned away has no source, and one that was not started no start', (t) => {
  const b = bench(t, 1);
  b.kernel.connectReturns.push(ENETUNREACH);
  b.start(1);
  b.turn();
  b.start(2);
  b.start(3);
  b.turn();
  b.cancel(3);
  b.turn();
  const [turnedAway, queued] = b.taken();
  t.match(turnedAway, { slot: 1, ending: 'local-error', tcp: { segsOut: 0 }, startedAt: Number, local: null });
  t.match(queued, { slot: 3, ending: 'cancelled', tcp: null, startedAt: null, local: null });
  t.end();
});

t.test('EPOLLERR alone, with SO_ERROR 0 and an ICMP message in the queue, is that error', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  socket.errorQueue.push({ errno: EHOSTUNREACH, type: 3, code: 13, ...ROUTER });
  socket.raise(EPOLLERR);
  b.turn();
  t.match(b.taken(), [
    {
      ending: 'error',
      errno: EHOSTUNREACH,
      tcp: { state: SYN_SENT },
      icmp: { type: 3, code: 13, from: { family: 4 } },
    },
  ]);
  t.equal(b.kernel.sockets.size, 0, 'a socket that has seen ICMP is not kept');
  t.end();
});

t.test('ECONNREFUSED without a segment from the target is looked up in the error queue', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  socket.refuse();
  socket.info = { ...socket.info, segsIn: 0 };
  socket.errorQueue.push({ errno: ECONNREFUSED, type: 3, code: 3, ...ROUTER });
  b.turn();
  t.match(b.taken(), [{ ending: 'error', errno: ECONNREFUSED, icmp: { type: 3, code: 3 } }]);
  t.end();
});

t.test('EPOLLHUP without an error, while the SYN is still out, settles nothing', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  for (const events of [EPOLLHUP, EPOLLOUT | EPOLLHUP, EPOLLERR, EPOLLOUT]) {
    socket.raise(events);
    b.turn();
    t.same(b.taken(), []);
    t.equal(b.inFlight, 1);
  }
  socket.answer();
  b.turn();
  t.match(b.taken(), [{ ending: 'established' }]);
  t.end();
});

t.test('EPOLLHUP may accompany success', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.socket().answer();
  b.kernel.socket().raise(EPOLLOUT | EPOLLHUP);
  b.turn();
  t.match(b.taken(), [{ ending: 'established', errno: 0 }]);
  t.end();
});

t.test('a handshake that is reset at once is an error that shows both', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  socket.answer(80);
  socket.info = { ...socket.info, state: 7, segsIn: 2 };
  socket.soError = ECONNRESET;
  b.turn();
  t.match(b.taken(), [{ ending: 'error', errno: ECONNRESET, tcp: { state: 7, rttUs: 80, segsIn: 2 } }]);
  t.equal(b.kernel.sockets.size, 0, 'and its socket is not kept');
  t.end();
});

t.test('a connection to itself is told apart, and names are compared only when a segment too many came in', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  socket.isSelf = true;
  socket.answer();
  socket.info = { ...socket.info, segsIn: 2 };
  b.turn();
  t.match(b.taken(), [{ ending: 'self-connected' }]);
  t.equal(b.kernel.sockets.size, 0);

  b.start(2);
  b.turn();
  const other = b.kernel.socket();
  other.answer();
  other.info = { ...other.info, segsIn: 3 };
  b.turn();
  t.match(b.taken(), [{ ending: 'established' }], 'a peer that has spoken already');
  t.ok(other.calls.includes('isSelfConnected'));
  t.end();
});

t.test('a peer that has closed already was open', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  socket.answer();
  socket.info = { ...socket.info, state: CLOSE_WAIT, segsIn: 2 };
  b.turn();
  t.match(b.taken(), [{ ending: 'established', errno: 0, tcp: { state: CLOSE_WAIT } }]);
  t.end();
});

t.test('connect(2) may return 0, or EINTR: the event tells', (t) => {
  const b = bench(t);
  b.kernel.connectReturns.push(0, EINTR);
  b.start(1);
  b.start(2);
  b.turn();
  t.equal(b.inFlight, 2);
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn();
  t.match(b.taken(), [
    { slot: 1, ending: 'established' },
    { slot: 2, ending: 'established' },
  ]);
  t.end();
});

t.test('two events for one socket in one batch settle it once', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.socket().answer();
  b.kernel.socket().raise(EPOLLOUT | EPOLLHUP);
  b.turn();
  t.equal(b.taken().length, 1);
  t.equal(b.inFlight, 0);
  t.end();
});
