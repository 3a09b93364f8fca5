// Very many deadlines, or cancels, at one instant: nobody who is answered, or asks, meanwhile waits for all of them.
import t from 'tap';
import { bench } from '../support/reactor-bench.ts';

const MANY = 2000;
const TIMEOUT_MS = 1000;

t.test('who is answered, and who asks, while thousands expire does not wait for the last of them', (t) => {
  const b = bench(t, MANY + 10);
  for (let slot = 0; slot < MANY; slot++) {
    b.start(slot, { timeoutMs: TIMEOUT_MS });
    if (slot % 500 === 0) b.post();
  }
  b.start(MANY, { timeoutMs: 10 * TIMEOUT_MS });
  b.turn(MANY);
  t.equal(b.inFlight, MANY + 1);
  const answered = b.kernel.connecting.at(-1);
  b.clock.advance(TIMEOUT_MS);
  b.turn();
  const first = b.taken().length;
  t.ok(first > 0 && first < MANY / 5, `${first} in the first turn`);

  answered?.answer();
  b.start(MANY + 1);
  b.clock.advance(5);
  b.turn();
  const [answer, ...silent] = b.taken();
  t.match(answer, { slot: MANY, ending: 'established' }, 'the answer comes first');
  t.equal(b.queued, 0, 'and the one that asks is started');
  b.turn(MANY);
  silent.push(...b.taken());
  t.equal(first + silent.length, MANY, 'each has its result');
  t.ok(
    silent.every(({ ending, latencyMs }) => ending === 'expired' && Math.abs((latencyMs ?? 0) - TIMEOUT_MS) < 1),
    'and ended when its time was over, however long it took to tell',
  );
  t.equal(b.inFlight, 1, 'the one that asked meanwhile');
  t.end();
});

t.test('where nothing is under way but what is over, much is told at once, and in few messages', (t) => {
  const b = bench(t, MANY + 10);
  for (const others of [0, 1]) {
    for (let slot = 0; slot < MANY; slot++) {
      b.start(slot, { timeoutMs: TIMEOUT_MS });
      if (slot % 500 === 0) b.post();
    }
    if (others > 0) b.start(MANY, { timeoutMs: 10 * TIMEOUT_MS });
    b.turn(MANY);
    t.equal(b.inFlight, MANY + others);
    b.clock.advance(TIMEOUT_MS);
    b.messages.length = 0;
    b.turn();
    t.equal(b.taken().length, others === 0 ? 768 : 64);
    b.turn(MANY);
    t.equal(b.inFlight, others);
    t.equal(Math.max(...b.messages), others === 0 ? 768 : 64);
    b.taken();
  }
  t.end();
});

t.test('silence is told when all else is taken in, answers at once', (t) => {
  const b = bench(t, 500);
  b.isBusy = true;
  for (let slot = 0; slot < 400; slot++) b.start(slot, { timeoutMs: TIMEOUT_MS });
  b.start(401, { timeoutMs: 10 * TIMEOUT_MS });
  b.start(400, { timeoutMs: 10 * TIMEOUT_MS });
  b.turn(100);
  const answered = b.kernel.connecting.at(-1);
  b.clock.advance(TIMEOUT_MS);
  b.turn(20);
  const told = b.taken().length;
  t.ok(told > 0 && told < 200, `${told} are out, and nobody has taken them`);
  t.equal(b.inFlight, 2, 'though all others have ended');
  answered?.answer();
  b.turn();
  t.match(b.taken(), [{ slot: 400, ending: 'established' }]);
  b.turn(20);
  t.same(b.taken(), []);
  t.ok((b.kernel.waits.at(-1) ?? 0) > 0, 'the loop sleeps meanwhile');

  let silent = told;
  for (let i = 0; i < 20; i++) {
    b.take();
    b.turn(2);
    silent += b.taken().length;
  }
  t.equal(silent, 400);
  t.end();
});

t.test('silence does not wait for ever where there are always answers to take in', (t) => {
  const b = bench(t, 500);
  b.isBusy = true;
  for (let slot = 0; slot < 400; slot++) b.start(slot, { timeoutMs: TIMEOUT_MS });
  b.turn(100);
  b.clock.advance(TIMEOUT_MS);
  b.turn(10);
  t.equal(b.inFlight, 0);
  let told = b.taken().length;
  for (let turns = 0; turns < 200 && told < 400; turns++) {
    b.start(400, { timeoutMs: 10 * TIMEOUT_MS });
    b.turn();
    b.kernel.connecting.at(-1)?.answer(); // One more is unread in every turn.
    b.clock.advance(1);
    b.turn();
    told += b.taken().filter(({ ending }) => ending === 'expired').length;
  }
  t.equal(told, 400);
  t.end();
});

t.test('what is cancelled is told at once: in a race an answer waits for it', (t) => {
  const b = bench(t, 200);
  b.start(0, { timeoutMs: 10 * TIMEOUT_MS });
  b.turn();
  b.isBusy = true;
  for (let slot = 1; slot <= 100; slot++) b.start(slot, { timeoutMs: TIMEOUT_MS });
  b.turn(20);
  for (const socket of b.kernel.connecting.slice(1)) socket.answer();
  b.turn(2);
  t.equal(b.taken().length, 100, 'which nobody has taken in');
  b.cancel(0);
  b.turn();
  t.match(b.taken(), [{ slot: 0, ending: 'cancelled' }]);
  t.end();
});

t.test('the news of a start comes before its end, however it ends', (t) => {
  const b = bench(t, 500);
  for (let slot = 0; slot < 300; slot++) b.start(slot, { timeoutMs: 0.1, tellStart: true });
  const wasStarted = new Set<number>();
  for (let turns = 0; turns < 200; turns++) {
    b.turn();
    for (const { slot } of b.started.splice(0)) wasStarted.add(slot);
    for (const { slot, ending } of b.taken()) {
      t.equal(ending, 'expired');
      t.ok(wasStarted.has(slot), `${slot} had been told`);
    }
    b.clock.advance(0.11); // Sooner than answers, and such news, are posted while there is more to start.
  }
  t.equal(wasStarted.size, 300);
  t.end();
});

t.test('thousands of commands are taken in over some turns, in order', (t) => {
  const b = bench(t, 4);
  for (let slot = 0; slot < 5000; slot++) {
    b.start(slot);
    if (slot % 500 === 499) b.post();
  }
  b.turn();
  const atFirst = b.queued;
  t.ok(atFirst > 500 && atFirst < 2500, `${atFirst} in the first turn`);
  b.turn(10);
  t.equal(b.queued + b.inFlight, 5000);
  for (let slot = 0; slot < 5000; slot++) {
    b.cancel(slot);
    if (slot % 500 === 499) b.post();
  }
  b.turn(100);
  t.equal(b.queued + b.inFlight, 0);
  t.equal(b.taken().length, 5000);
  t.end();
});
