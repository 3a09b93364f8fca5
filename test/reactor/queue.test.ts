import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Attempt } from '../../src/reactor/attempt.ts';
import { Queue } from '../../src/reactor/queue.ts';

function takeAll(queue: Queue<Attempt>): number[] {
  const taken: number[] = [];
  for (let attempt = queue.shift(); attempt !== null; attempt = queue.shift()) taken.push(attempt.slot);
  return taken;
}

/** A queue of slots, each pushed by its caller in this order. */
function queueOf(...pushes: readonly (readonly [caller: number, slot: number])[]): {
  queue: Queue<Attempt>;
  at: (slot: number) => Attempt;
} {
  const queue = new Queue<Attempt>();
  const attempts = new Map<number, Attempt>();
  for (const [caller, slot] of pushes) {
    const attempt = new Attempt(slot);
    attempts.set(slot, attempt);
    queue.push(caller, attempt);
  }
  return { queue, at: (slot) => attempts.get(slot) ?? new Attempt(-1) };
}

t.test('one caller is served first in, first out', (t) => {
  const { queue } = queueOf([7, 1], [7, 2], [7, 3]);
  t.equal(queue.size, 3);
  t.same(takeAll(queue), [1, 2, 3]);
  t.equal(queue.size, 0);
  t.equal(queue.shift(), null);
  t.end();
});

t.test('callers take turns, however much one of them has asked for', (t) => {
  const { queue } = queueOf([1, 10], [1, 11], [1, 12], [1, 13], [2, 20], [3, 30], [3, 31]);
  t.same(takeAll(queue), [10, 20, 30, 11, 31, 12, 13]);
  t.end();
});

t.test('a single check waits for one of a long batch, not for all of it', (t) => {
  const { queue } = queueOf(...Array.from({ length: 10_000 }, (_, slot) => [1, slot] as const));
  for (let i = 0; i < 100; i++) queue.shift();
  queue.push(2, new Attempt(-7));
  t.equal(queue.shift()?.slot, 100);
  t.equal(queue.shift()?.slot, -7);
  t.end();
});

t.test('a caller that comes back has no turn before those that were waiting', (t) => {
  const { queue } = queueOf([1, 10], [2, 20], [2, 21], [3, 30]);
  t.equal(queue.shift()?.slot, 10);
  queue.push(1, new Attempt(11));
  t.same(takeAll(queue), [20, 30, 11, 21]);
  t.end();
});

t.test('the first, the last, one from the middle and the only one of a line may leave', (t) => {
  const { queue, at } = queueOf([1, 1], [1, 2], [1, 3], [1, 4], [1, 5], [2, 9]);
  for (const slot of [3, 1, 5, 9]) queue.remove(at(slot));
  t.equal(queue.size, 2);
  t.same(takeAll(queue), [2, 4]);
  t.end();
});

t.test('when the line whose turn it is empties from outside, the next line has the turn', (t) => {
  const { queue, at } = queueOf([1, 10], [2, 20], [3, 30], [2, 21]);
  queue.shift();
  queue.remove(at(20));
  queue.remove(at(21));
  t.same(takeAll(queue), [30]);
  t.end();
});

t.test('one that is not in the queue may be removed to no effect', (t) => {
  const { queue, at } = queueOf([1, 1], [1, 2]);
  const first = at(1);
  queue.remove(first);
  queue.remove(first);
  t.equal(queue.size, 1);
  t.same(takeAll(queue), [2]);
  t.end();
});

t.test('a caller may have 64 in flight for each place that is free; who wants little finds a place', (t) => {
  const { queue } = queueOf(...Array.from({ length: 100 }, (_, slot) => [1, slot] as const));
  for (let inFlight = 0; inFlight < 64; inFlight++) t.equal(queue.shift(1)?.slot, inFlight);
  t.equal(queue.canShift(1), false, 'one place is left, and it is not for the caller who has 64');
  t.equal(queue.shift(1), null);
  queue.push(2, new Attempt(-2));
  t.equal(queue.canShift(1), true);
  t.equal(queue.shift(1)?.slot, -2, 'it is for another');
  t.equal(queue.shift(2)?.slot, 64, 'with two places free there is one more for the first');
  t.equal(queue.shift(2)?.slot, 65);
  t.equal(queue.canShift(1), false);
  queue.leave(1);
  queue.leave(1);
  t.equal(queue.canShift(1), false, 'it has 64 still');
  queue.leave(1);
  t.equal(queue.shift(1)?.slot, 66);
  t.equal(queue.canShift(0), false, 'where there is no place, nobody may start');
  t.end();
});

t.test('what a caller has in flight counts also while its line is empty, and is forgotten with the last of it', (t) => {
  const queue = new Queue<Attempt>();
  for (let i = 0; i < 64; i++) {
    queue.push(1, new Attempt(i));
    queue.shift();
  }
  queue.push(1, new Attempt(64));
  t.equal(queue.canShift(1), false);
  for (let i = 0; i < 64; i++) queue.leave(1);
  t.equal(queue.canShift(1), true);
  queue.leave(3);
  t.equal(queue.size, 1, 'a caller that nobody knows leaves nothing');
  t.end();
});

/** The same by lists: [caller, slots], the line whose turn it is first. */
class Model {
  readonly lines: [caller: number, slots: number[]][] = [];

  push(caller: number, slot: number): void {
    const line = this.lines.find(([its]) => its === caller);
    if (line === undefined) this.lines.push([caller, [slot]]);
    else line[1].push(slot);
  }

  shift(): number | undefined {
    const line = this.lines.shift();
    const slot = line?.[1].shift();
    if (line !== undefined && line[1].length > 0) this.lines.push(line);
    return slot;
  }

  remove(slot: number): void {
    const at = this.lines.findIndex(([, slots]) => slots.includes(slot));
    const slots = this.lines[at]?.[1] ?? [];
    slots.splice(slots.indexOf(slot), 1);
    if (slots.length === 0) this.lines.splice(at, 1);
  }
}

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const), which: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat(1000) }) },
);

t.test('in any order of pushes, shifts and removals it agrees with lists', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
      const queue = new Queue<Attempt>();
      const model = new Model();
      const queued = new Map<number, Attempt>();
      operations.forEach(({ kind, which }, slot) => {
        if (kind === 'push') {
          const attempt = new Attempt(slot);
          queued.set(slot, attempt);
          queue.push(which, attempt);
          model.push(which, slot);
        } else if (kind === 'shift') {
          const taken = queue.shift()?.slot;
          assert.equal(taken, model.shift());
          if (taken !== undefined) queued.delete(taken);
        } else {
          const chosen = [...queued.values()][which % Math.max(1, queued.size)];
          if (chosen === undefined) return;
          queued.delete(chosen.slot);
          queue.remove(chosen);
          model.remove(chosen.slot);
        }
        assert.equal(queue.size, queued.size);
      });
      const rest = takeAll(queue);
      assert.deepEqual(
        rest,
        Array.from(rest, () => model.shift()),
      );
      assert.equal(rest.length, queued.size);
    }),
  );
  t.end();
});
