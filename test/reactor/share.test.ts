// No caller may hold every place in flight, however much it asks for, and no socket without an attempt may hold the
// descriptor of one with.
import t from 'tap';
import { Places } from '../../src/reactor/places.ts';
import { placesFor, SHARED, sharedSize } from '../../src/reactor/protocol.ts';
import { Attempt } from '../../src/reactor/attempt.ts';
import { Sockets } from '../../src/reactor/sockets.ts';
import { FakeKernel } from '../support/fake-kernel.ts';
import { stopClock } from '../support/fake-clock.ts';
import { bench } from '../support/reactor-bench.ts';

/** Lets callers that want everything take turns until nobody may start, and returns how many each has. */
function fill(maxInFlight: number, greedy: number): { counts: number[]; left: number; places: Places } {
  const places = new Places(maxInFlight);
  const counts = Array<number>(greedy).fill(0);
  for (let turn = 0, idle = 0; idle < greedy; turn = (turn + 1) % greedy) {
    const has = counts[turn] ?? 0;
    if (has >= places.maxEach) {
      idle++;
      continue;
    }
    idle = 0;
    counts[turn] = has + 1;
    places.taken++;
  }
  return { counts, left: placesFor(maxInFlight) - places.taken, places };
}

for (const [maxInFlight, greedy, each] of [
  [4096, 1, 4096],
  [4096, 2, 2064],
  [4096, 10, 416],
  [4096, 50, 84],
  [10_240, 1, 10_240],
  [1000, 1, 1000],
  [512, 1, 512],
  [64, 1, 64],
] as const) {
  t.test(`${greedy} callers that want all of ${maxInFlight} places leave one for the next`, (t) => {
    const { counts, left, places } = fill(maxInFlight, greedy);
    t.ok(Math.max(...counts) <= each && Math.max(...counts) >= each - 2, counts.slice(0, 3).join(' '));
    t.ok(Math.max(...counts) - Math.min(...counts) <= 1, 'they have the same');
    t.ok(left > 0, `${left} are left`);
    t.ok(places.maxEach > 0, 'and who has none may take one');
    t.end();
  });
}

t.test('where there are few places, they are all for whoever is there', (t) => {
  for (const maxInFlight of [1, 2, 63])
    t.same(fill(maxInFlight, 1), { ...fill(maxInFlight, 1), counts: [maxInFlight], left: 0 });
  t.end();
});

t.test('with a single caller all places that are its share are used, and none is lost by ending', (t) => {
  const b = bench(t, 700);
  for (let slot = 0; slot < 700; slot++) b.start(slot);
  b.post();
  for (let slot = 700; slot < 1400; slot++) b.start(slot);
  b.turn(200);
  t.equal(b.inFlight, 700);
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
