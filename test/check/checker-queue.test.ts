// The checker and its callers: how much it takes, in which order it answers, and what becomes of who leaves.
import t from 'tap';
import type { Address } from '../../src/net/address.ts';
import type { EnforcedVerdict } from '../../src/policy/policy-in-force.ts';
import type { Waiting } from '../../src/check/run.ts';
import type { Lookup } from '../../src/check/lookup.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { buildChecker as build } from '../support/build-checker.ts';
import { checkOf, OPEN, REFUSED } from '../support/fake-reactor.ts';
import { settled, stopTime } from '../support/fake-time.ts';
import { cancelled, inquiry } from '../support/inquiry.ts';
import type { CheckObserver } from '../../src/check/observer.ts';
import { Cancellation } from '../../src/check/cancellation.ts';

const STAY = inquiry();
const silent = (): AttemptResult | null => null;
const checks = (...targets: string[]): ReturnType<typeof checkOf>[] => targets.map((target) => checkOf(target));

t.test('too much is refused before any work', async (t) => {
  const { checker, reactor, asked } = build(undefined, { maxQueued: 1 });
  await t.rejects(checker.check(checks('one.test:1', '10.0.0.1:2'), STAY), { name: 'NoRoomError', why: 'never' });
  t.same([checker.queued, asked, reactor.attempts], [0, [], []]);
});

t.test('what waits counts over all callers, up to the limit and not beyond', async (t) => {
  const { checker, reactor } = build(silent, { maxQueued: 3 });
  const first = checker.check(checks('10.0.0.1:1', '10.0.0.1:2'), STAY);
  t.equal(checker.queued, 2);
  await t.rejects(checker.check(checks('10.0.0.1:3', '10.0.0.1:4'), STAY), {
    name: 'NoRoomError',
    message: '2 more attempts on top of 2 would be too many',
  });
  t.equal(reactor.attempts.length, 2, 'nothing of it was started');
  const second = checker.check(checks('10.0.0.1:5'), STAY);
  t.equal(checker.queued, 3);
  await t.rejects(checker.check(checks('10.0.0.1:6'), STAY), { name: 'NoRoomError', why: 'share' });
  reactor.attempts[0]?.settle(OPEN);
  await settled();
  t.equal(checker.queued, 2, 'a check that has its result waits no more');
  for (const { settle } of reactor.attempts) settle(OPEN);
  await Promise.all([first, second]);
  t.equal(checker.queued, 0);
});

t.test('results stand in the order of the request, and are told once each, as they settle', async (t) => {
  const { checker, reactor } = build(silent);
  const told: [number, string][] = [];
  const asking = checker.check(
    checks('10.0.0.1:1', '10.0.0.1:2', 'no.test:3', '10.0.0.1:4'),
    inquiry({
      onResult: (index, result) => told.push([index, result.target]),
    }),
  );
  await settled();
  for (const at of [2, 0, 1]) {
    reactor.attempts[at]?.settle(OPEN);
    await settled();
  }
  const { results } = await asking;
  const order = ['10.0.0.1:1', '10.0.0.1:2', 'no.test:3', '10.0.0.1:4'];
  t.same(
    results.map(({ target }) => target),
    order,
  );
  t.same(told, [
    [2, 'no.test:3'],
    [3, '10.0.0.1:4'],
    [0, '10.0.0.1:1'],
    [1, '10.0.0.1:2'],
  ]);
});

t.test('what the policy holds against a target is told beside its result, denied or only reported', async (t) => {
  const judge = ({ text }: Address): EnforcedVerdict => {
    if (text === '10.0.0.1') return { allowed: true, reported: 'private' };
    return text === '10.0.0.2' ? { allowed: false, rule: 'deny-cidrs', reason: 'listed' } : { allowed: true };
  };
  const told: unknown[] = [];
  const observer: CheckObserver = {
    settled: (_asker, { target }, { outcome }, denial) => (told[target.port - 1] = [outcome, denial]),
  };
  const { checker, reached } = build(undefined, { policy: { judge }, observer });
  const all = checks('10.0.0.1:1', '10.0.0.2:2', '10.0.0.3:3');
  await checker.check(all, STAY);
  t.same(told, [
    ['open', { address: '10.0.0.1', rule: 'private' }],
    ['denied', { address: '10.0.0.2', rule: 'deny-cidrs' }],
    ['open', null],
  ]);
  t.same(reached(), ['10.0.0.1', '10.0.0.3']);
});

t.test('the reply sums its results, and says when and how long', async (t) => {
  const { checker } = build((_, port) => (port === 1 ? REFUSED : OPEN));
  const before = Date.now();
  const reply = await checker.check(checks('10.0.0.1:80', '10.0.0.1:1', 'no.test:80', '169.254.0.1:80'), STAY);
  t.equal(reply.ok, false);
  t.same(reply.vantage, { name: 'test' });
  t.same(reply.summary, {
    ...{ total: 4, ok: 1, notOk: 3, outcomes: { open: 1, refused: 1, unresolved: 1, denied: 1 } },
  });
  t.ok(Date.parse(reply.checkedAt) >= before && Date.parse(reply.checkedAt) <= Date.now());
  t.match(reply.checkedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.ok(reply.durationMs >= 0);
  t.match(await checker.check(checks('10.0.0.1:80'), STAY), { ok: true, summary: { total: 1, ok: 1, notOk: 0 } });
});

t.test('a caller that leaves has all that is left cancelled, and the queue is empty again', async (t) => {
  const { checker, reactor } = build((_, port) => (port === 1 ? OPEN : null), { maxQueued: 100 });
  const caller = new Cancellation();
  const repeated = checkOf('10.0.0.1:1', { count: 5, intervalMs: 60_000 });
  const all = [...checks('10.0.0.1:1', '10.0.0.1:2', 'two.test:3', 'dual.test:4'), repeated];
  const asking = checker.check(all, inquiry({ cancellation: caller }));
  await settled();
  t.equal(checker.queued, 1 + 2 + 3, 'between its rounds a check has nothing under way');
  caller.cancel();
  const { results } = await asking;
  t.same(
    results.map(({ outcome }) => outcome),
    ['open', 'cancelled', 'cancelled', 'cancelled', 'cancelled'],
  );
  for (const { outcome, cause } of results) if (outcome === 'cancelled') t.match(cause, { code: 'ECANCELED' });
  t.equal(checker.queued, 0);
  t.notOk(reactor.attempts.some(({ result }) => result === null));
});

t.test('a caller that has left already gets every result, cancelled', async (t) => {
  const { checker } = build();
  const { ok, summary } = await checker.check(
    checks('10.0.0.1:1', 'two.test:2'),
    inquiry({ cancellation: cancelled() }),
  );
  t.match({ ok, summary }, { ok: false, summary: { total: 2, ok: 0, outcomes: { cancelled: 2 } } });
  t.equal(checker.queued, 0);
});

t.test('where nobody can win a race, the attempt has the caller’s own cancellation', async (t) => {
  const { checker, reactor } = build();
  const caller = new Cancellation();
  await checker.check(
    [...checks('10.0.0.1:1', 'one.test:2'), checkOf('two.test:3', { addresses: 'all' })],
    inquiry({ cancellation: caller }),
  );
  t.equal(reactor.attempts.length, 4);
  for (const { options } of reactor.attempts) t.equal(options.cancellation, caller);
});

t.test('a caller that leaves during a lookup ends it', async (t) => {
  const caller = new Cancellation();
  const lookup = (_name: string, _timeoutMs: number, { cancellation }: Waiting): Promise<Lookup> => {
    t.equal(cancellation, caller);
    return Promise.resolve({ answer: { code: 'ECANCELED', local: true }, durationMs: 1, queuedMs: 0, cached: false });
  };
  const { checker, reactor } = build(undefined, { resolver: { lookup } });
  t.match(await checker.check(checks('one.test:1'), inquiry({ cancellation: caller })), {
    results: [{ ok: false, outcome: 'cancelled' }],
  });
  t.same(reactor.attempts, []);
});

t.test('one caller’s leaving is not another’s', async (t) => {
  const { checker, reactor } = build(silent);
  const caller = new Cancellation();
  const leaving = checker.check(checks('10.0.0.1:1'), inquiry({ cancellation: caller }));
  const staying = checker.check(checks('10.0.0.1:2'), STAY);
  caller.cancel();
  t.match(await leaving, { summary: { outcomes: { cancelled: 1 } } });
  t.equal(checker.queued, 1);
  reactor.attempts[1]?.settle(OPEN);
  t.match(await staying, { ok: true });
});

t.test('a bug of ours on the way of one check is thrown, and leaves nothing counted as waiting', async (t) => {
  const broken = (): never => {
    throw new Error('broken');
  };
  const { checker } = build(undefined, { policy: { judge: broken } });
  await t.rejects(checker.check(checks('10.0.0.1:1', 'one.test:2'), STAY), { message: 'broken' });
  await settled();
  t.equal(checker.queued, 0);
});

t.test('a request without checks is answered', async (t) => {
  const { checker } = build();
  t.match(await checker.check([], STAY), { ok: true, results: [], summary: { total: 0 } });
});

t.test('a check that could not make all its rounds is not ok, unless one of them decides', async (t) => {
  const time = stopTime(t);
  const repeated = { count: 3, intervalMs: 1000 };
  for (const [answer, deadlineMs, wanted] of [
    [OPEN, 1500, { ok: false, outcome: 'failed', cause: { layer: 'deadline', code: 'cut-short' }, stats: { open: 2 } }],
    [REFUSED, 1500, { ok: false, outcome: 'refused', stats: { sent: 2 } }],
    [OPEN, 2500, { ok: true, outcome: 'open', stats: { open: 3 } }],
  ] as const) {
    const { checker } = build(() => answer);
    const asking = checker.check([checkOf('10.0.0.1:1', repeated)], inquiry({ deadlineMs }));
    await time.advance(2600);
    t.match((await asking).results, [wanted]);
  }
  const { checker } = build();
  const caller = new Cancellation();
  const leaving = checker.check([checkOf('10.0.0.1:1', repeated)], inquiry({ cancellation: caller }));
  await time.advance(10);
  caller.cancel();
  t.match((await leaving).results, [{ ok: false, outcome: 'cancelled', stats: { sent: 1, open: 1 } }]);
});
