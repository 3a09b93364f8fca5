import fc from 'fast-check';
import t from 'tap';
import { Budget } from '../../src/check/budget.ts';
import { Grant } from '../../src/check/grant.ts';
import { memoryOf, Pool } from '../../src/check/pool.ts';
import type { CheckResult } from '../../src/check/result.ts';
import { waiting } from '../support/inquiry.ts';

const WHO = waiting();

t.test('a request that finds no room is told how much was asked, and how much its caller has already', (t) => {
  const budget = new Budget(10);
  budget.open('a', 7, 7, null);
  t.throws(() => budget.open('a', 4, 4, null), {
    message: '4 more attempts on top of 7 would be too many',
    why: 'share',
  });
  t.equal(budget.attempts.taken, 7);
  budget.open('a', 3, 3, null);
  t.equal(budget.attempts.taken, 10);
  t.end();
});

t.test('a request that is refused leaves nothing behind', (t) => {
  const budget = new Budget(10);
  const memory = memoryOf(8).open('a');
  const one = budget.open('b', 10, 10, null);
  t.throws(() => budget.open('a', 10, 10, memory), { message: /too many/, why: 'overloaded' });
  t.equal(memory.has, 0);
  t.equal(budget.attempts.callers, 1);
  one.close();
  t.equal(budget.attempts.callers, 0);
  t.end();
});

t.test('a check may come to more than its request foresaw, where there is room', (t) => {
  const budget = new Budget(10);
  const grant = new Grant(budget.open('a', 1, 2, null), 2);
  t.equal(grant.extendTo(1, 1, WHO), true, 'less than it has needs no room');
  t.equal(grant.extendTo(10, 10, WHO), true);
  t.equal(budget.attempts.taken, 10);
  t.equal(grant.extendTo(11, 11, WHO), false);
  t.equal(budget.attempts.taken, 10);
  grant.end(10);
  t.equal(budget.attempts.taken, 0);
  t.end();
});

t.test('a request’s reply is bounded, though its checks settle one after the other', (t) => {
  const account = new Budget(10).open('a', 3, 3, null);
  for (let i = 0; i < 2; i++) {
    const grant = new Grant(account, 1);
    t.equal(grant.extendTo(4, 4, WHO), true);
    grant.end(4);
  }
  t.equal(new Grant(account, 1).extendTo(4, 4, WHO), false, 'eight are in the reply, and two would be left for it');
  t.end();
});

t.test('memory is taken for what a reply may hold, and what it does not hold is given back', (t) => {
  const pool = new Pool(1_000_000, 'bytes');
  const memory = pool.open('a');
  const budget = new Budget(1000);
  const account = budget.open('a', 2, 20, memory);
  const foreseen = memory.has;
  const grants = [new Grant(account, 10), new Grant(account, 10)];
  t.equal(grants[0]?.extendTo(50, 500, WHO), true);
  t.ok(memory.has > 10 * foreseen);
  for (const grant of grants) grant.end(10);
  t.equal(memory.has, foreseen);
  t.equal(new Budget(10_000).open('a', 1, 1, memory).mayLengthen(2000), false, 'there is no such memory');
  t.throws(() => budget.open('b', 1, 100_000, pool.open('b')), { name: 'NoRoomError', why: 'never' });
  t.end();
});

t.test('whatever is granted, extended, paused and ended, nothing stays granted in the end', (t) => {
  const check = fc.record({ count: fc.integer({ min: 1, max: 5 }), most: fc.integer({ min: 0, max: 30 }) });
  const holds = fc.property(fc.array(check, { maxLength: 10 }), (checks) => {
    const budget = new Budget(50);
    const pool = new Pool(1_000_000, 'bytes');
    const memory = pool.open('a');
    const attempts = checks.reduce((sum, { count }) => sum + count, 0);
    const account = budget.open('a', checks.length, attempts, memory);
    const grants = checks.map(({ count, most }, i) => {
      const grant = new Grant(account, count);
      void grant.extendTo(Math.max(1, most), Math.max(most, count), WHO);
      if (i % 2 === 0) grant.pause();
      return grant;
    });
    const isBounded = budget.attempts.taken <= 50;
    for (const grant of grants) grant.end(1);
    const isEmpty = budget.attempts.taken === 0;
    account.close();
    memory.close();
    return isBounded && isEmpty && pool.taken === 0 && pool.callers === 0 && budget.attempts.callers === 0;
  });
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

t.test('streams are let into half of the budget, and what was let in may grow into the other half', (t) => {
  const budget = new Budget(100);
  const stream = budget.openStream('a', null);
  const grants = [];
  while (stream.waitOf(1) === null) {
    stream.letIn(1);
    grants.push(new Grant(stream, 1));
  }
  t.equal(grants.length, 50);
  t.ok(grants.every((grant) => grant.extendTo(2, 2, WHO) === true));
  t.equal(budget.attempts.taken, 100);
  for (const grant of grants) grant.end(2);
  t.equal(budget.attempts.taken, 0);
  t.equal(stream.waitOf(1), null);
  t.end();
});

t.test('a stream’s result counts until it is told', (t) => {
  const pool = new Pool(100_000, 'bytes');
  const stream = new Budget(1000).openStream('a', pool.open('a'));
  stream.letIn(3);
  const grant = new Grant(stream, 3);
  t.equal(grant.extendTo(5, 15, WHO), true);
  grant.end(7);
  t.ok(pool.taken > 0);
  stream.told({ attempts: { length: 7 }, dns: null } as unknown as CheckResult);
  t.equal(pool.taken, 0);
  t.end();
});
