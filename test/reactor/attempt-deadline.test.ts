// On a fake kernel and a stopped clock: attempts that are ended from outside, by their deadline or by a cancel.
import t from 'tap';
import { SYN_SENT } from '../support/fake-socket.ts';
import { bench, near } from '../support/reactor-bench.ts';

t.test('silence expires at the deadline, with what the kernel knows', (t) => {
  const b = bench(t);
  b.start(1, { timeoutMs: 50 });
  b.turn();
  t.equal(Math.ceil(b.kernel.waits.at(-1) ?? 0), 50, 'the wait ends with the deadline');
  b.clock.advance(49);
  b.turn();
  t.same(b.taken(), []);
  b.clock.advance(1);
  b.kernel.socket().info = { ...b.kernel.socket().info, totalRetrans: 2, segsOut: 3 };
  b.turn();
  const [result] = b.taken();
  t.match(result, { ending: 'expired', errno: 0, tcp: { state: SYN_SENT, synRetransmits: 2, segsOut: 3, segsIn: 0 } });
  near(t, result?.latencyMs, 50);
  b.turn();
  t.equal(b.kernel.sockets.size, 0, 'its socket is closed once the result is out');
  t.end();
});

t.test('a request whose deadline has passed before the start costs no packet', (t) => {
  const b = bench(t, 1);
  b.start(1);
  b.start(2, { deadlineMs: 30 });
  b.turn();
  b.kernel.socket().answer();
  b.clock.advance(29);
  b.turn();
  b.clock.advance(1);
  b.start(3);
  b.turn(2);
  t.match(b.taken(), [
    { slot: 1, ending: 'established' },
    { slot: 2, ending: 'not-started', latencyMs: null, tcp: null },
  ]);
  t.equal(b.kernel.socket().port, 1003, 'the next one has its place');
  t.end();
});

t.test('a deadline that passes in the queue ends the attempt, not started', (t) => {
  const b = bench(t, 1);
  b.start(1, { timeoutMs: 1000 });
  b.start(2, { deadlineMs: 30 });
  b.turn();
  t.match([b.inFlight, b.queued], [1, 1]);
  b.clock.advance(30);
  b.turn();
  const [result] = b.taken();
  t.match(result, { slot: 2, ending: 'not-started', latencyMs: null, tcp: null });
  near(t, result?.queuedMs, 30);
  t.match([b.inFlight, b.queued], [1, 0]);
  t.end();
});

t.test('an answer that is here when the deadline has passed is an answer', (t) => {
  const b = bench(t);
  b.start(1, { timeoutMs: 50 });
  b.turn();
  b.clock.advance(60);
  b.kernel.socket().answer();
  b.turn();
  t.match(b.taken(), [{ slot: 1, ending: 'established' }]);
  t.end();
});

t.test('a cancel ends what is queued and what is in flight, and has no effect on what is over', (t) => {
  const b = bench(t, 1);
  b.start(1);
  b.start(2);
  b.turn();
  b.cancel(2);
  b.cancel(1);
  b.turn();
  t.match(b.taken(), [
    { slot: 2, ending: 'cancelled', latencyMs: null, tcp: null },
    { slot: 1, ending: 'cancelled', tcp: { state: SYN_SENT } },
  ]);
  b.turn();
  t.equal(b.kernel.sockets.size, 0);
  b.cancel(1);
  b.cancel(9999);
  b.turn();
  t.same(b.taken(), []);
  t.end();
});

t.test('where nobody hears what becomes of a cancelled attempt, nothing is read of it', (t) => {
  const b = bench(t);
  for (const isHeard of [false, true]) {
    b.start(1);
    b.turn();
    const socket = b.kernel.connecting.at(-1);
    b.cancel(1, isHeard);
    b.turn();
    t.match(b.taken(), [{ slot: 1, ending: 'cancelled', tcp: isHeard ? { state: SYN_SENT } : null }]);
    t.equal(socket?.calls.includes('localName'), isHeard);
  }
  t.end();
});

t.test('a start and its cancel in one burst end as cancelled, and no socket is opened', (t) => {
  const b = bench(t);
  b.start(1);
  b.cancel(1);
  b.turn();
  t.match(b.taken(), [{ slot: 1, ending: 'cancelled', latencyMs: null }]);
  t.equal(b.kernel.opened, 0);
  t.end();
});

t.test('what an attempt waits for its place is not its own time', (t) => {
  const b = bench(t, 1);
  b.start(1, { timeoutMs: 500 });
  b.start(2, { timeoutMs: 30 });
  b.turn();
  b.clock.advance(500);
  b.turn(2);
  b.clock.advance(29);
  b.turn();
  t.match(b.taken(), [{ slot: 1, ending: 'expired' }]);
  b.clock.advance(1);
  b.turn();
  const [result] = b.taken();
  t.match(result, { slot: 2, ending: 'expired' });
  near(t, result?.queuedMs, 500);
  near(t, result?.latencyMs, 30);
  t.end();
});

t.test('a deadline that passes in flight cuts the attempt short; one that comes with the timeout does not', (t) => {
  const b = bench(t);
  b.start(1, { timeoutMs: 100, deadlineMs: 60 });
  b.start(2, { timeoutMs: 60, deadlineMs: 60 });
  b.turn();
  b.clock.advance(60);
  b.turn();
  const results = b.taken().sort((one, other) => one.slot - other.slot);
  t.match(results, [
    { slot: 1, ending: 'cut-short', tcp: { state: SYN_SENT } },
    { slot: 2, ending: 'expired' },
  ]);
  t.end();
});

t.test('a start is told, once and at once, where its client wants it', (t) => {
  const b = bench(t, 1);
  b.start(1, { tellStart: true });
  b.start(2, { tellStart: true });
  b.start(3);
  const at = b.clock.now();
  b.turn();
  t.same(b.started, [{ slot: 1, startedAt: at }]);
  b.clock.advance(5);
  b.kernel.socket().answer();
  b.turn(2);
  t.same(b.started, [
    { slot: 1, startedAt: at },
    { slot: 2, startedAt: at + 5 },
  ]);
  b.kernel.connecting.forEach((socket) => socket.answer());
  b.turn(2);
  t.equal(b.started.length, 2);
  t.end();
});
