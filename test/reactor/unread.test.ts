// Results that the main thread has not taken in hold up further starts: one caller's results would wait behind another's.
import t from 'tap';
import { SHARED } from '../../src/reactor/protocol.ts';
import { askForTurn, takeWake } from '../../src/reactor/wire/wake.ts';
import { isHeldUp, MAX_UNREAD, noteTaken, notePosted } from '../../src/reactor/wire/unread.ts';
import { bench, type ReactorBench } from '../support/reactor-bench.ts';

const MANY = 4 * MAX_UNREAD;
const A_MESSAGE = 512;

/** As many turns as all of it takes; every connect is answered at once. */
function work(b: ReactorBench): void {
  b.post();
  for (let turns = 0; turns < MANY; turns++) {
    b.reactor.turn();
    for (const socket of b.kernel.connecting) socket.answer();
  }
}

t.test('a reactor whose results nobody takes starts no more, and goes on when they are taken', (t) => {
  const b = bench(t, MANY);
  b.isBusy = true;
  for (let slot = 0; slot < MANY; slot++) {
    b.start(slot, { timeoutMs: 60_000 });
    if (slot % A_MESSAGE === 0) b.post();
  }
  work(b);
  const held = b.results.length;
  t.ok(held >= MAX_UNREAD && held < 2 * MAX_UNREAD, `${held} results are out`);
  t.ok(b.queued > 0, 'and the others wait for their turn');
  b.reactor.turn();
  t.equal(b.results.length, held, 'a further turn starts none');

  b.take();
  t.ok(takeWake(b.shared), 'it is called');
  askForTurn(b.shared);
  b.isBusy = false;
  work(b);
  t.equal(b.results.length, MANY, 'each has its result');
  t.equal(b.queued, 0);
  t.end();
});

t.test('who is held up is called once, when half has been taken, and nobody else is', (t) => {
  const { shared } = bench(t);
  notePosted(shared, MAX_UNREAD - 1);
  t.notOk(isHeldUp(shared));
  t.notOk(noteTaken(shared, MAX_UNREAD - 1), 'nobody waits to be called');
  notePosted(shared, MAX_UNREAD);
  t.ok(isHeldUp(shared));
  t.notOk(noteTaken(shared, MAX_UNREAD / 2 - 1));
  t.ok(noteTaken(shared, 1));
  t.notOk(noteTaken(shared, 1));
  t.notOk(isHeldUp(shared));
  t.equal(Atomics.load(shared, SHARED.unread), MAX_UNREAD / 2 - 1);
  t.end();
});
