// Two lanes on one wire: whoever has few attempts under way starts before others, and is told before them.
import t from 'tap';
import { isExpress, ResultWriter } from '../../src/reactor/wire/results.ts';
import { MAX_UNREAD, notePosted, noteTaken } from '../../src/reactor/wire/unread.ts';
import { bench } from '../support/reactor-bench.ts';

const MANY = 2 * MAX_UNREAD;

t.test('a message says which lane it takes', (t) => {
  for (const takes of [true, false]) {
    const writer = new ResultWriter(8, takes);
    for (let i = 0; i < 2; i++) {
      writer.result(i, 'cancelled', -1, 0, 0);
      t.equal(isExpress(writer.take()), takes);
    }
  }
  t.end();
});

t.test('it starts before a caller’s many that came first, and its result comes before theirs', (t) => {
  const b = bench(t, 20);
  for (let slot = 0; slot < 10; slot++) b.start(slot);
  b.start(10, { caller: 2, express: true });
  b.post();
  b.reactor.turn();
  t.equal(b.kernel.connecting.length, 8, 'as many as a turn starts');
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn(2);
  const [first] = b.taken();
  t.match(first, { slot: 10, ending: 'established' });
  t.end();
});

t.test('it starts, and is told, while the main thread is behind with all others', (t) => {
  const b = bench(t, MANY);
  b.isBusy = true;
  for (let slot = 0; slot < MANY; slot++) {
    b.start(slot);
    if (slot % 500 === 499) b.post();
  }
  for (let turns = 0; turns < MANY; turns++) {
    for (const socket of b.kernel.connecting) socket.answer();
    b.turn();
  }
  const told = b.taken().length;
  t.ok(told >= MAX_UNREAD && told < MANY, `${told} are out, and nobody has taken them`);
  t.ok(b.queued > 0, 'others wait');

  b.start(MANY, { caller: 2, express: true });
  b.start(MANY + 1, { caller: 3 });
  b.turn(2);
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn(2);
  t.match(b.taken(), [{ slot: MANY, ending: 'established' }]);
  t.end();
});

t.test('of its starts, too, there is an end while nothing is taken in', (t) => {
  const b = bench(t, 100);
  b.isBusy = true;
  notePosted(b.shared, 16 * MAX_UNREAD);
  b.start(1, { express: true });
  b.turn(3);
  t.equal(b.queued, 1);
  t.ok((b.kernel.waits.at(-1) ?? 0) !== 0, 'the loop sleeps meanwhile');
  t.ok(noteTaken(b.shared, 16 * MAX_UNREAD), 'and is called');
  b.turn();
  t.equal(b.inFlight, 1);
  t.end();
});

t.test('callers with little, however many they are, leave one start in four to others', (t) => {
  const b = bench(t, 100);
  for (let slot = 0; slot < 40; slot++) b.start(slot, { caller: slot % 2 === 0 ? 1 : 2, express: slot % 2 === 0 });
  b.turn();
  b.turn();
  const others = b.kernel.connecting.filter(({ port }) => port % 2 === 1).length;
  t.equal(b.kernel.connecting.length, 16);
  t.equal(others, 4);
  t.end();
});

t.test('its silence does not wait for room, as others’ does', (t) => {
  const b = bench(t, 500);
  b.isBusy = true;
  for (let slot = 0; slot < 400; slot++) b.start(slot, { timeoutMs: 100 });
  b.turn(60);
  b.start(400, { caller: 2, timeoutMs: 100, express: true });
  b.turn();
  b.clock.advance(100);
  b.turn(10);
  t.ok(b.taken().some(({ slot, ending }) => slot === 400 && ending === 'expired'));
  t.end();
});

t.test('a place is a place in either lane: of one that is put off, cancelled or ended it is free again', (t) => {
  const b = bench(t, 2);
  for (let slot = 0; slot < 4; slot++) b.start(slot, { caller: slot, express: slot % 2 === 0, timeoutMs: 1000 });
  b.turn(2);
  t.equal(b.inFlight, 2);
  t.equal(b.queued, 2);
  b.cancel(0);
  b.cancel(1);
  b.turn(2);
  t.same(new Set(b.taken().map(({ slot }) => slot)), new Set([0, 1]));
  t.equal(b.inFlight + b.queued, 2);
  b.turn(3);
  t.equal(b.inFlight, 2);
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn(3);
  t.equal(b.inFlight, 0);
  t.equal(b.queued, 0);
  t.end();
});
