// The loop on a fake kernel and a stopped clock: what a turn does, and in which order.
import { constants } from 'node:os';
import t from 'tap';
import { SHARED } from '../../src/reactor/protocol.ts';
import { IDLE_MS } from '../../src/reactor/sockets.ts';
import { askForTurn } from '../../src/reactor/wire/wake.ts';
import { bench, near } from '../support/reactor-bench.ts';

const STARTS_A_TURN = 8;

t.test('what has ended before the wait is posted before the wait, for the wait may be long', (t) => {
  const b = bench(t);
  const sentAtWait: number[] = [];
  b.kernel.onWait = (timeoutMs) => {
    if (timeoutMs > 0) sentAtWait.push(b.results.length);
  };
  b.start(1, { timeoutMs: 10_000 });
  b.start(2, { timeoutMs: 10_000 });
  b.turn();
  b.cancel(1);
  b.turn();
  t.same(sentAtWait, [0, 1], 'cancelled by command');

  b.kernel.connectReturns.push(constants.errno.ENETUNREACH);
  b.start(3);
  b.turn();
  t.same(sentAtWait, [0, 1, 2], 'failed at its start');
  t.end();
});

t.test('what gathered while there was more to start is posted before the loop may block', (t) => {
  const b = bench(t);
  const sentAtWait: number[] = [];
  b.kernel.onWait = (timeoutMs) => {
    if (timeoutMs > 0) sentAtWait.push(b.results.length);
  };
  for (let slot = 0; slot < 2 * STARTS_A_TURN + 1; slot++) b.start(slot, { timeoutMs: 10_000 });
  b.turn();
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn();
  b.turn();
  t.same(sentAtWait, [STARTS_A_TURN], 'nine are in flight, and eight results are out');
  t.end();
});

t.test(`a turn starts ${STARTS_A_TURN} at the most, and does not block while more can start`, (t) => {
  const b = bench(t);
  for (let slot = 0; slot < 20; slot++) b.start(slot);
  b.turn();
  t.match([b.inFlight, b.queued], [8, 12]);
  b.turn();
  t.match([b.inFlight, b.queued], [16, 4]);
  t.same(b.kernel.waits, [0, 0]);
  b.turn();
  t.match([b.inFlight, b.queued], [20, 0]);
  t.ok((b.kernel.waits.at(-1) ?? 0) > 0);
  t.end();
});

t.test('in flight is never above its bound, and a place that is freed is taken', (t) => {
  const b = bench(t, 3);
  for (let slot = 0; slot < 10; slot++) b.start(slot);
  b.turn(5);
  t.match([b.inFlight, b.queued, b.kernel.sockets.size], [3, 7, 3]);
  t.ok((b.kernel.waits.at(-1) ?? 0) > 0, 'it blocks: nothing can start');
  b.kernel.connecting[0]?.answer();
  b.turn(2);
  t.match([b.inFlight, b.queued, b.kernel.sockets.size], [3, 6, 3]);
  t.end();
});

t.test('callers take turns for the places in flight', (t) => {
  const b = bench(t, 2);
  for (let slot = 0; slot < 6; slot++) b.start(slot, { caller: 1 });
  b.turn();
  b.start(90, { caller: 2 });
  b.turn();
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn(2);
  t.same(
    b.kernel.connecting.map(({ port }) => port - 1000).sort((a, b) => a - b),
    [2, 90],
    'the single check did not wait for the batch',
  );
  t.end();
});

t.test('a message that comes while the inbox is found empty is not lost, nor is its wake', (t) => {
  const b = bench(t);
  let isLate = true;
  b.onDrained = () => {
    if (!isLate) return;
    isLate = false;
    // The other thread posts just after the last look into the inbox, and raises the flag.
    b.start(2);
    b.post();
  };
  b.start(1);
  b.turn();
  t.equal(Atomics.load(b.shared, SHARED.wake), 1, 'its wake still stands');
  b.reactor.turn();
  t.equal(b.inFlight, 2);
  t.end();
});

t.test('without a wake the inbox is not looked into', (t) => {
  const b = bench(t);
  b.start(1);
  b.post();
  Atomics.store(b.shared, SHARED.wake, 0);
  b.turn();
  t.equal(b.inFlight, 0);
  Atomics.store(b.shared, SHARED.wake, 1);
  b.turn();
  t.equal(b.inFlight, 1);
  t.equal(Atomics.load(b.shared, SHARED.wake), 0, 'the flag went down');
  t.end();
});

t.test('with nothing to do the wait has no end; with idle sockets it ends when they are to be closed', (t) => {
  const b = bench(t);
  b.turn();
  t.equal(b.kernel.waits.at(-1), Infinity);
  b.start(1);
  b.turn();
  b.kernel.socket().answer();
  b.turn();
  b.turn();
  near(t, b.kernel.waits.at(-1), IDLE_MS);
  b.clock.advance(IDLE_MS - 1);
  b.turn();
  t.equal(b.sockets.idle, 1);
  b.clock.advance(1);
  b.turn();
  t.equal(b.kernel.sockets.size, 0, 'closed');
  b.turn();
  t.equal(b.kernel.waits.at(-1), Infinity);
  t.end();
});

t.test('each turn is a heartbeat, and run() ends with the stop flag', (t) => {
  const b = bench(t);
  b.turn(3);
  t.equal(Atomics.load(b.shared, SHARED.heartbeat), 3);
  b.kernel.onWait = () => {
    if (b.kernel.waits.length === 10) Atomics.store(b.shared, SHARED.stop, 1);
  };
  b.reactor.run();
  t.equal(Atomics.load(b.shared, SHARED.heartbeat), 10);
  b.reactor.run();
  t.equal(Atomics.load(b.shared, SHARED.heartbeat), 10, 'not one turn more');
  t.end();
});

t.test('a wake that a turn has taken is a heartbeat before the loop sleeps', (t) => {
  const b = bench(t);
  const asked = Atomics.load(b.shared, SHARED.heartbeat);
  askForTurn(b.shared);
  let answered = NaN;
  b.kernel.onWait = (timeoutMs) => {
    if (timeoutMs === Infinity) answered = Atomics.load(b.shared, SHARED.heartbeat);
  };
  b.turn();
  t.equal(answered, asked + 1, 'who asks between READY and the first turn is not left without an answer');
  t.end();
});

t.test('more results than one message holds are all delivered', (t) => {
  const b = bench(t, 700);
  for (let slot = 0; slot < 700; slot++) b.start(slot, { caller: slot });
  b.turn(100);
  t.equal(b.inFlight, 700);
  for (const socket of b.kernel.connecting) socket.refuse();
  b.turn();
  t.same(
    b.taken().map(({ slot }) => slot),
    Array.from({ length: 700 }, (_, slot) => slot),
  );
  t.same(b.messages, [256, 256, 188]);
  t.end();
});
