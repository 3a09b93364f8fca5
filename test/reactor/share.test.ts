// No caller may hold every place in flight, however much it asks for, and no socket without an attempt may hold the
// descriptor of one with.
import t from 'tap';
import { SHARED, sharedSize } from '../../src/reactor/protocol.ts';
import { Attempt } from '../../src/reactor/attempt.ts';
import { Queue } from '../../src/reactor/queue.ts';
import { Sockets } from '../../src/reactor/sockets.ts';
import { FakeKernel } from '../support/fake-kernel.ts';
import { stopClock } from '../support/fake-clock.ts';
import { bench } from '../support/reactor-bench.ts';

/** Takes all that may start in `places`, and returns how many each caller has then. */
function fill(queue: Queue<Attempt>, places: number, callers: ReadonlyMap<Attempt, number>): Map<number, number> {
  const started = new Map<number, number>();
  let free = places;
  for (let attempt = queue.shift(free); attempt !== null && free > 0; attempt = queue.shift(--free)) {
    const caller = callers.get(attempt) ?? NaN;
    started.set(caller, (started.get(caller) ?? 0) + 1);
  }
  return started;
}

for (const [greedy, most] of [
  [1, 4033],
  [2, 2033],
  [10, 410],
  [50, 82],
] as const) {
  t.test(`${greedy} callers that want every place leave one for the next`, (t) => {
    const queue = new Queue<Attempt>();
    const callers = new Map<Attempt, number>();
    for (let i = 0; i < greedy * 4096; i++) {
      const attempt = new Attempt(i);
      callers.set(attempt, i % greedy);
      queue.push(i % greedy, attempt);
    }
    const started = fill(queue, 4096, callers);
    const counts = [...started.values()];
    const taken = counts.reduce((sum, count) => sum + count, 0);
    t.equal(counts.length, greedy);
    t.ok(Math.max(...counts) <= most && Math.max(...counts) - Math.min(...counts) <= 1, counts.join(' '));
    t.ok(taken < 4096, `${taken} places are taken`);
    t.equal(queue.canShift(4096 - taken), false);
    const single = new Attempt(-1);
    queue.push(-1, single);
    t.equal(queue.shift(4096 - taken), single);
    t.end();
  });
}

t.test('a caller that has had its share goes on when one of its own has ended', (t) => {
  const queue = new Queue<Attempt>();
  for (let i = 0; i < 200; i++) queue.push(1, new Attempt(i));
  for (let i = 0; i < 128; i++) t.ok(queue.shift(3));
  for (let i = 0; i < 64; i++) queue.shift(3);
  t.equal(queue.shift(3), null, 'sixty-four for each free place');
  queue.leave(1);
  t.equal(queue.shift(3)?.slot, 192);
  queue.leave(7); // Nobody knows this caller.
  t.end();
});

t.test('with a single caller all places that are its share are used, and none is lost by ending', (t) => {
  const b = bench(t, 700);
  for (let slot = 0; slot < 700; slot++) b.start(slot);
  b.post();
  for (let slot = 700; slot < 1400; slot++) b.start(slot);
  b.turn(200);
  t.equal(b.inFlight, 690);
  for (let round = 0; round < 4; round++) {
    for (const socket of b.kernel.connecting) socket.refuse();
    b.turn(200);
  }
  t.equal(b.taken().length, 1400);
  t.equal(b.inFlight, 0);
  t.end();
});

t.test('sockets without an attempt give way when there is no room', (t) => {
  stopClock(t);
  const kernel = new FakeKernel();
  const shared = new Int32Array(new SharedArrayBuffer(sharedSize(3)));
  const sockets = new Sockets<Attempt>(kernel.poller, shared, kernel.open, 3);
  const open = (): number => shared.subarray(SHARED.sockets).filter((word) => word !== 0).length;
  const held = [1, 2, 3].map((slot) => sockets.acquire(4, 'half', new Attempt(slot)));
  const [first, second, third] = held;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three were acquired');
  sockets.watch(first);
  sockets.keep(first);
  sockets.finish(second);
  sockets.discard(third);
  t.equal(open(), 3);
  for (let slot = 4; slot < 7; slot++) {
    sockets.acquire(6, 'half', new Attempt(slot));
    t.ok(open() <= 3, `${open()} are open`);
  }
  t.equal(sockets.idle, 0);
  t.end();
});
