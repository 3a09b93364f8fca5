import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Attempt } from '../../src/reactor/attempt.ts';
import { Turns } from '../../src/callers/turns.ts';

function takeAll(turns: Turns<Attempt>): number[] {
  const taken: number[] = [];
  for (let attempt = turns.take(); attempt !== null; attempt = turns.take()) taken.push(attempt.slot);
  return taken;
}

/** A turns of slots, each pushed by its caller in this order. */
function turnsOf(...pushes: readonly (readonly [caller: number, slot: number])[]): {
  turns: Turns<Attempt>;
  at: (slot: number) => Attempt;
} {
  const turns = new Turns<Attempt>();
  const attempts = new Map<number, Attempt>();
  for (const [caller, slot] of pushes) {
    const attempt = new Attempt(slot);
    attempts.set(slot, attempt);
    turns.push(caller, caller, attempt);
  }
  return { turns, at: (slot) => attempts.get(slot) ?? new Attempt(-1) };
}

t.test('one caller is served first in, first out', (t) => {
  const { turns } = turnsOf([7, 1], [7, 2], [7, 3]);
  t.equal(turns.size, 3);
  t.same(takeAll(turns), [1, 2, 3]);
  t.equal(turns.size, 0);
  t.equal(turns.take(), null);
  t.end();
});

t.test('callers take turns, however much one of them has asked for', (t) => {
  const { turns } = turnsOf([1, 10], [1, 11], [1, 12], [1, 13], [2, 20], [3, 30], [3, 31]);
  t.same(takeAll(turns), [10, 20, 30, 11, 31, 12, 13]);
  t.end();
});

t.test('within a caller requests take turns, so that a hundred requests are one caller’s', (t) => {
  const turns = new Turns<Attempt>();
  for (const slot of [10, 11, 12]) turns.push(1, 101, new Attempt(slot));
  for (const slot of [20, 21]) turns.push(1, 102, new Attempt(slot));
  turns.push(2, 201, new Attempt(90));
  turns.push(2, 202, new Attempt(91));
  t.same(takeAll(turns), [10, 90, 20, 91, 11, 21, 12]);
  t.end();
});

t.test('a single check waits for one of a long batch, not for all of it', (t) => {
  const { turns } = turnsOf(...Array.from({ length: 10_000 }, (_, slot) => [1, slot] as const));
  for (let i = 0; i < 100; i++) turns.take();
  turns.push(2, 2, new Attempt(-7));
  t.equal(turns.take()?.slot, 100);
  t.equal(turns.take()?.slot, -7);
  t.end();
});

t.test('a caller that comes back has no turn before those that were waiting', (t) => {
  const { turns } = turnsOf([1, 10], [2, 20], [2, 21], [3, 30]);
  t.equal(turns.take()?.slot, 10);
  turns.push(1, 1, new Attempt(11));
  t.same(takeAll(turns), [20, 30, 11, 21]);
  t.end();
});

t.test('the first, the last, one from the middle and the only one of a line may leave', (t) => {
  const { turns, at } = turnsOf([1, 1], [1, 2], [1, 3], [1, 4], [1, 5], [2, 9]);
  for (const slot of [3, 1, 5, 9]) turns.remove(at(slot));
  t.equal(turns.size, 2);
  t.same(takeAll(turns), [2, 4]);
  t.end();
});

t.test('when the line whose turn it is empties from outside, the next line has the turn', (t) => {
  const { turns, at } = turnsOf([1, 10], [2, 20], [3, 30], [2, 21]);
  turns.take();
  turns.remove(at(20));
  turns.remove(at(21));
  t.same(takeAll(turns), [30]);
  t.end();
});

t.test('one that is not in the turns may be removed to no effect', (t) => {
  const { turns, at } = turnsOf([1, 1], [1, 2]);
  const first = at(1);
  turns.remove(first);
  turns.remove(first);
  t.equal(turns.size, 1);
  t.same(takeAll(turns), [2]);
  t.end();
});

t.test('a caller that has taken as much as each may is passed over; who wants little has its turn', (t) => {
  const { turns } = turnsOf(...Array.from({ length: 100 }, (_, slot) => [1, slot] as const));
  for (let inFlight = 0; inFlight < 64; inFlight++) t.equal(turns.take(64)?.slot, inFlight);
  t.equal(turns.canTake(64), false, 'it is not for the caller who has 64');
  t.equal(turns.take(64), null);
  turns.push(2, 2, new Attempt(-2));
  t.equal(turns.canTake(64), true);
  t.equal(turns.take(64)?.slot, -2, 'it is for another');
  t.equal(turns.take(128)?.slot, 64, 'where each may have more there is one more for the first');
  t.equal(turns.take(128)?.slot, 65);
  t.equal(turns.canTake(64), false);
  turns.giveBack(1);
  turns.giveBack(1);
  t.equal(turns.canTake(64), false, 'it has 64 still');
  turns.giveBack(1);
  t.equal(turns.take(64)?.slot, 66);
  t.equal(turns.canTake(0), false, 'where nobody may have any, nobody may');
  t.end();
});

t.test('what a caller has in flight counts also while its line is empty, and is forgotten with the last of it', (t) => {
  const turns = new Turns<Attempt>();
  for (let i = 0; i < 64; i++) {
    turns.push(1, 1, new Attempt(i));
    turns.take();
  }
  turns.push(1, 1, new Attempt(64));
  t.equal(turns.canTake(64), false);
  for (let i = 0; i < 64; i++) turns.giveBack(1);
  t.equal(turns.canTake(64), true);
  turns.giveBack(3);
  t.equal(turns.size, 1, 'a caller that nobody knows leaves nothing');
  t.end();
});

/** The same by lists: callers with their requests, each with its slots; the line whose turn it is stands first. */
class Model {
  readonly callers: { caller: number; requests: { request: number; slots: number[] }[] }[] = [];

  push(caller: number, request: number, slot: number): void {
    let line = this.callers.find((known) => known.caller === caller);
    if (line === undefined) this.callers.push((line = { caller, requests: [] }));
    const known = line.requests.find((one) => one.request === request);
    if (known === undefined) line.requests.push({ request, slots: [slot] });
    else known.slots.push(slot);
  }

  take(): number | undefined {
    const line = this.callers.shift();
    const request = line?.requests.shift();
    const slot = request?.slots.shift();
    if (line === undefined || request === undefined) return undefined;
    if (request.slots.length > 0) line.requests.push(request);
    if (line.requests.length > 0) this.callers.push(line);
    return slot;
  }

  remove(slot: number): void {
    for (const line of this.callers) {
      for (const request of line.requests) request.slots = request.slots.filter((one) => one !== slot);
      line.requests = line.requests.filter(({ slots }) => slots.length > 0);
    }
    const left = this.callers.filter(({ requests }) => requests.length > 0);
    this.callers.splice(0, this.callers.length, ...left);
  }
}

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), which: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const), which: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat(1000) }) },
);

t.test('in any order of pushes, shifts and removals it agrees with lists', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
      const turns = new Turns<Attempt>();
      const model = new Model();
      const turnsd = new Map<number, Attempt>();
      operations.forEach(({ kind, which }, slot) => {
        if (kind === 'push') {
          const attempt = new Attempt(slot);
          turnsd.set(slot, attempt);
          // Four callers with three requests each.
          turns.push(which % 4, which, attempt);
          model.push(which % 4, which, slot);
        } else if (kind === 'shift') {
          const taken = turns.take()?.slot;
          assert.equal(taken, model.take());
          if (taken !== undefined) turnsd.delete(taken);
        } else {
          const chosen = [...turnsd.values()][which % Math.max(1, turnsd.size)];
          if (chosen === undefined) return;
          turnsd.delete(chosen.slot);
          turns.remove(chosen);
          model.remove(chosen.slot);
        }
        assert.equal(turns.size, turnsd.size);
      });
      const rest = takeAll(turns);
      assert.deepEqual(
        rest,
        Array.from(rest, () => model.take()),
      );
      assert.equal(rest.length, turnsd.size);
    }),
  );
  t.end();
});
