import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Deadlines } from '../../src/reactor/deadlines.ts';

function takeAll(deadlines: Deadlines, now = Number.MAX_VALUE): number[] {
  const taken: number[] = [];
  for (let slot = deadlines.takeExpired(now); slot >= 0; slot = deadlines.takeExpired(now)) taken.push(slot);
  return taken;
}

t.test('there is no earliest deadline of none', (t) => {
  const deadlines = new Deadlines();
  t.equal(deadlines.earliest, Infinity);
  t.equal(deadlines.size, 0);
  t.equal(deadlines.takeExpired(Number.MAX_VALUE), -1);
  deadlines.delete(0);
  deadlines.delete(5000);
  t.equal(deadlines.size, 0);
  t.end();
});

t.test('the earliest is taken first, and none before its time', (t) => {
  const deadlines = new Deadlines();
  [30, 10, 20].forEach((deadline, slot) => deadlines.set(slot, deadline));
  t.equal(deadlines.earliest, 10);
  t.equal(deadlines.takeExpired(9.999), -1);
  t.same(takeAll(deadlines, 20), [1, 2], 'a deadline is expired at its very instant');
  t.same(takeAll(deadlines, 30), [0]);
  t.end();
});

t.test('a slot that is set again has only its new deadline', (t) => {
  const deadlines = new Deadlines();
  deadlines.set(1, 10);
  deadlines.set(2, 20);
  deadlines.set(1, 30);
  t.equal(deadlines.size, 2);
  t.same(takeAll(deadlines), [2, 1]);
  t.end();
});

t.test('one may leave from the middle, and the one that fills its place may rise as well as sink', (t) => {
  // Slot 7's place is filled by the last, whose deadline is earlier than that of the place's parent.
  const deadlines = new Deadlines();
  [1, 100, 2, 101, 102, 3, 4, 103, 104, 105, 106, 5].forEach((deadline, slot) => deadlines.set(slot, deadline));
  deadlines.delete(7);
  t.same(takeAll(deadlines), [0, 2, 5, 6, 11, 1, 3, 4, 8, 9, 10]);
  t.end();
});

t.test('it grows with the highest slot and keeps what is in it', (t) => {
  const deadlines = new Deadlines();
  deadlines.set(3, 5);
  deadlines.set(100_000, 4);
  for (let slot = 200; slot < 1200; slot++) deadlines.set(slot, slot);
  t.equal(deadlines.size, 1002);
  t.same(takeAll(deadlines, 5), [100_000, 3]);
  t.same(
    takeAll(deadlines),
    Array.from({ length: 1000 }, (_, i) => 200 + i),
  );
  t.end();
});

t.test(
  'of thousands that pass at one instant each call tells of some, all with that instant, and then of the next',
  (t) => {
    const deadlines = new Deadlines();
    for (let slot = 0; slot < 1000; slot++) deadlines.set(slot, 10 + slot / 1000);
    const MOST = 64;
    const ends: number[] = [];
    const expire = (now: number): number => {
      const before = ends.length;
      deadlines.expire(now, MOST, (slot, at) => {
        t.ok(slot === ends.length, 'in order');
        ends.push(at);
      });
      return ends.length - before;
    };
    t.equal(expire(9), 0);
    const some = expire(11);
    t.equal(some, MOST);
    deadlines.set(1000, 12);
    for (let now = 12; ends.length < 1000; now++) t.ok(expire(now) > 0);
    t.ok(
      ends.every((at) => at === 11),
      'those that passed before it was looked at',
    );
    t.equal(expire(500), 1);
    t.equal(ends.at(-1), 500);
    t.equal(expire(600), 0);
    t.end();
  },
);

t.test('it knows whether there is one after an instant', (t) => {
  const deadlines = new Deadlines();
  t.equal(deadlines.areAllBy(0), true, 'there is none at all');
  for (let slot = 0; slot < 100; slot++) deadlines.set(slot, 100 - slot);
  t.equal(deadlines.areAllBy(99), false);
  t.equal(deadlines.areAllBy(100), true);
  deadlines.delete(0);
  t.equal(deadlines.areAllBy(99), true);
  t.end();
});

const slot = fc.nat(150);
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), slot, at: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), slot, at: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), slot, at: fc.nat(60) }) },
);

t.test('in any order of sets, deletes and takes it agrees with a sorted list', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400, size: 'max' }), (operations) => {
      const deadlines = new Deadlines();
      const model = new Map<number, number>();
      for (const { kind, slot, at } of operations) {
        if (kind === 'take') {
          takeOne(deadlines, model, at);
        } else if (kind === 'set') {
          deadlines.set(slot, at);
          model.set(slot, at);
        } else {
          deadlines.delete(slot);
          model.delete(slot);
        }
        assert.equal(deadlines.size, model.size);
        assert.equal(deadlines.earliest, Math.min(Infinity, ...model.values()));
      }
      while (model.size > 0) takeOne(deadlines, model, Number.MAX_VALUE);
      assert.equal(deadlines.takeExpired(Number.MAX_VALUE), -1);
    }),
    { numRuns: 200 },
  );
  t.end();
});

/** Of several with the same deadline any may go first. */
function takeOne(deadlines: Deadlines, model: Map<number, number>, now: number): void {
  const earliest = Math.min(Infinity, ...model.values());
  const taken = deadlines.takeExpired(now);
  if (earliest > now) return assert.equal(taken, -1);
  assert.equal(model.get(taken), earliest);
  model.delete(taken);
}
