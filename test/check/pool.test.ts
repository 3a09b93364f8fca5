// What callers share: nobody has all of it while others want some, and what is given back is there for all.
import fc from 'fast-check';
import t from 'tap';
import { memoryOf, Pool } from '../../src/check/pool.ts';

t.test('a caller alone may have all but what is kept for others, and those find room there', (t) => {
  const pool = new Pool(800, 'bytes');
  const greedy = pool.open('greedy');
  greedy.take(800);
  t.throws(() => greedy.take(1), {
    name: 'NoRoomError',
    why: 'share',
    message: '1 more bytes on top of 800 would be too many',
  });
  const other = pool.open('other');
  t.equal(other.hasRoom(80), true);
  t.equal(other.hasRoom(100), false);
  t.end();
});

t.test('it says whose fault it is: the caller’s own, everybody’s, or the request’s', (t) => {
  const pool = new Pool(800, 'bytes');
  const why = (caller: string, more: number): string => pool.open(caller).refusal(more).why;
  pool.open('a').take(600);
  pool.open('b').take(200);
  t.equal(why('a', 100), 'share');
  t.equal(why('c', 90), 'overloaded');
  t.equal(why('c', 801), 'never');
  t.end();
});

t.test('a hundred greedy callers leave room for one more', (t) => {
  const { max } = memoryOf(32);
  const pool = memoryOf(32);
  for (let i = 0; i < 100; i++) {
    const part = pool.open(`caller ${i}`);
    while (part.hasRoom(2048)) part.take(2048);
  }
  t.ok(pool.taken <= max * 1.25);
  t.ok(pool.open('good').hasRoom(16 * 1024), 'for a check of its own');
  t.end();
});

t.test('whoever waits looks again when something is given back', (t) => {
  const pool = new Pool(10, 'attempts');
  const part = pool.open('a');
  part.take(10);
  let looked = 0;
  part.room.join(() => looked++);
  part.giveBack(1);
  part.giveBack(1);
  t.equal(looked, 1);
  t.end();
});

t.test('a part that is closed gives back all that it has, once, and counts no more', (t) => {
  const pool = new Pool(100, 'bytes');
  const [one, two] = [pool.open('a'), pool.open('a')];
  one.take(10);
  two.take(20);
  one.close();
  one.close();
  one.hold(5);
  one.giveBack(50);
  t.same([pool.taken, pool.callers], [20, 1]);
  two.close();
  t.same([pool.taken, pool.callers], [0, 0]);
  t.end();
});

t.test('whatever callers take and give back, nobody has more than there is', (t) => {
  const step = fc.record({ caller: fc.nat(5), more: fc.integer({ min: -50, max: 200 }) });
  const holds = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const pool = new Pool(400, 'bytes');
    const parts = Array.from({ length: 6 }, (_, i) => pool.open(`${i}`));
    for (const { caller, more } of steps) {
      const part = parts[caller];
      if (part === undefined) return false;
      if (more < 0) part.giveBack(Math.min(part.has, -more));
      else if (part.hasRoom(more)) part.take(more);
      if (part.has > 400 || pool.taken > 450) return false;
    }
    for (const part of parts) part.close();
    return pool.taken === 0 && pool.callers === 0;
  });
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});
