import fc from 'fast-check';
import t from 'tap';
import { Budget, OverloadedError } from '../../src/check/budget.ts';

t.test('a request that finds no room is told how much was asked, and how much is granted already', (t) => {
  const budget = new Budget(10);
  budget.open(7);
  t.throws(() => budget.open(4), new OverloadedError(4, 7));
  t.equal(budget.granted, 7);
  budget.open(3);
  t.equal(budget.granted, 10);
  t.end();
});

t.test('a check may come to more than its request foresaw, where there is room', (t) => {
  const budget = new Budget(10);
  const grant = budget.open(2).grant(2);
  t.ok(grant.extendTo(1), 'less than it has needs no room');
  t.ok(grant.extendTo(10));
  t.equal(budget.granted, 10);
  t.notOk(grant.extendTo(11));
  t.equal(budget.granted, 10);
  grant.end(10);
  t.equal(budget.granted, 0);
  t.end();
});

t.test('a request’s reply is bounded, though its checks settle one after the other', (t) => {
  const account = new Budget(10).open(3);
  for (let i = 0; i < 2; i++) {
    const grant = account.grant(1);
    t.ok(grant.extendTo(4));
    grant.end(4);
  }
  t.notOk(account.grant(1).extendTo(4), 'eight are in the reply, and two would be left for it');
  t.end();
});

t.test('whatever is granted, extended and ended, nothing stays granted in the end', (t) => {
  const check = fc.record({ count: fc.integer({ min: 1, max: 5 }), most: fc.integer({ min: 0, max: 30 }) });
  const holds = fc.property(fc.array(check, { maxLength: 10 }), (checks) => {
    const budget = new Budget(50);
    const account = budget.open(checks.reduce((sum, { count }) => sum + count, 0));
    const grants = checks.map(({ count, most }) => {
      const grant = account.grant(count);
      grant.extendTo(most);
      return grant;
    });
    const isBounded = budget.granted <= 50;
    for (const grant of grants) grant.end(1);
    return isBounded && budget.granted === 0;
  });
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

t.test('streams are let into half of the budget, and what was let in may grow into the other half', (t) => {
  const budget = new Budget(100);
  const stream = budget.openStream();
  const grants = [];
  while (stream.letsIn(10)) {
    stream.extend(10);
    grants.push(stream.grant(10));
  }
  t.equal(grants.length, 5);
  t.ok(grants.every((grant) => grant.extendTo(20)));
  t.equal(budget.granted, 100);
  for (const grant of grants) grant.end(20);
  t.equal(budget.granted, 0);
  t.ok(stream.letsIn(10));
  t.end();
});
