import t from 'tap';
import type { Plan } from '../../src/check/attempt.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { race, STAGGER_MS } from '../../src/check/race.ts';
import type { AttemptReport } from '../../src/check/result.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { address, checkOf, EXPIRED, facts, FakeReactor, LOST, OPEN, REFUSED } from '../support/fake-reactor.ts';
import type { Waiting } from '../../src/check/run.ts';
import { cancelled, GRANTED, waiting } from '../support/inquiry.ts';
import { settled, stopTime } from '../support/fake-time.ts';

const [A, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;

/** A race between addresses that answer when the test says, unless `answer` does. */
function start(
  texts: readonly string[],
  {
    timeoutMs = 3000,
    hasPlaces = true,
    deadlineMs = null as number | null,
    answer = (): AttemptResult | null => null as AttemptResult | null,
  } = {},
): { reactor: FakeReactor; leave: () => void; reports: Promise<AttemptReport[]> } {
  const reactor = new FakeReactor(answer);
  reactor.hasPlaces = hasPlaces;
  const caller = new Cancellation();
  const reports = race(planOf(texts, reactor, waiting({ cancellation: caller, deadlineMs })), timeoutMs);
  return { reactor, leave: () => caller.cancel(), reports };
}

function planOf(texts: readonly string[], reactor: FakeReactor, who: Waiting): Plan {
  const broken = (error: unknown): never => {
    throw error;
  };
  const scene = { check: checkOf('db.test:80'), addresses: texts.map(address), source: null };
  return { ...scene, waiting: who, grant: GRANTED, reactor, observer: null, securing: null, break: broken };
}

const outcomesOf = async (reports: Promise<AttemptReport[]>): Promise<string[]> =>
  (await reports).map(({ address, outcome }) => `${address} ${outcome}`);
const started = ({ attempts }: FakeReactor): string[] => attempts.map((attempt) => attempt.address);

t.test('the next attempt starts when the one before is 250 ms old, and not before', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C]);
  t.same(started(reactor), [A], 'the first one at once');
  await time.advance(STAGGER_MS - 1);
  t.same(started(reactor), [A]);
  await time.advance(1);
  t.same(started(reactor), [A, B]);
  await time.advance(STAGGER_MS - 1);
  t.same(started(reactor), [A, B]);
  await time.advance(1);
  t.same(started(reactor), [A, B, C]);
  t.equal(STAGGER_MS, 250);
  for (const { settle } of reactor.attempts) settle(EXPIRED);
  t.same(await outcomesOf(reports), [`${A} timeout`, `${B} timeout`, `${C} timeout`]);
});

t.test('the next attempt starts at once when the one before has failed', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C]);
  await time.advance(10);
  reactor.attempts[0]?.settle(REFUSED);
  await settled();
  t.same(started(reactor), [A, B]);
  reactor.attempts[1]?.settle(LOST);
  await settled();
  t.same(started(reactor), [A, B, C]);
  reactor.attempts[2]?.settle(OPEN);
  t.same(await outcomesOf(reports), [`${A} refused`, `${B} failed`, `${C} open`]);
});

t.test('an earlier attempt that fails late does not hurry the next', async (t) => {
  const time = stopTime(t);
  const { reactor, leave, reports } = start([A, B, C]);
  await time.advance(STAGGER_MS);
  reactor.attempts[0]?.settle(REFUSED);
  await time.advance(STAGGER_MS - 1);
  t.same(started(reactor), [A, B]);
  await time.advance(1);
  t.same(started(reactor), [A, B, C]);
  leave();
  await reports;
});

t.test('the first open one wins: the others are cancelled, and no more are started', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C]);
  await time.advance(STAGGER_MS);
  reactor.attempts[1]?.settle(OPEN);
  t.same(await outcomesOf(reports), [`${A} cancelled`, `${B} open`]);
  t.ok(reactor.attempts[0]?.options.cancellation.isCancelled, 'it is told');
  await time.advance(STAGGER_MS);
  t.same(started(reactor), [A, B]);
});

t.test('the first attempt may still win after the second has started', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C]);
  await time.advance(STAGGER_MS + 20);
  reactor.attempts[0]?.settle(OPEN);
  t.same(await outcomesOf(reports), [`${A} open`, `${B} cancelled`]);
});

t.test('a caller that leaves cancels all, and nothing more is started', async (t) => {
  const time = stopTime(t);
  const { reactor, leave, reports } = start([A, B, C]);
  await time.advance(STAGGER_MS);
  leave();
  t.same(await outcomesOf(reports), [`${A} cancelled`, `${B} cancelled`]);
  await time.advance(STAGGER_MS);
  t.same(started(reactor), [A, B]);
});

t.test('a caller that has left already gets nothing started', async (t) => {
  const reactor = new FakeReactor();
  t.same(await race(planOf([A, B], reactor, waiting({ cancellation: cancelled() })), 3000), []);
  t.same(reactor.attempts, []);
});

t.test('what time does not allow is not started, so that silence is not taken for reachd’s own trouble', async (t) => {
  const time = stopTime(t);
  for (const [timeoutMs, allowed] of [
    [10, [A]],
    [250, [A]],
    [255, [A]],
    [260, [A, B]],
    [510, [A, B, C]],
  ] as const) {
    const { reactor, reports } = start([A, B, C], { timeoutMs });
    await time.advance(timeoutMs);
    for (const { settle } of reactor.attempts) settle(EXPIRED);
    await time.advance(STAGGER_MS);
    t.same(
      await outcomesOf(reports),
      allowed.map((text) => `${text} timeout`),
      `${timeoutMs} ms`,
    );
  }
});

t.test('the first address is attempted however late it is: the attempt says so', async (t) => {
  stopTime(t);
  const { reports } = start([A, B], { timeoutMs: -1, answer: () => EXPIRED });
  t.same(await outcomesOf(reports), [`${A} timeout`]);
});

t.test('a hundred addresses: each in turn while they fail, and one winner', async (t) => {
  const time = stopTime(t);
  const hundred = Array.from({ length: 100 }, (_, i) => `10.0.1.${i}`);
  const failing = start(hundred, { answer: () => REFUSED });
  t.same(
    (await failing.reports).map(({ address }) => address),
    hundred,
  );

  const silent = start(hundred, { timeoutMs: 30_000 });
  await time.advance(20 * STAGGER_MS);
  t.equal(silent.reactor.attempts.length, 21);
  silent.reactor.attempts[20]?.settle(OPEN);
  const reports = await silent.reports;
  t.equal(reports.filter(({ outcome }) => outcome === 'cancelled').length, 20);
  t.match(reports.at(-1), { address: '10.0.1.20', outcome: 'open' });
});

t.test('the race’s time and the stagger begin with the first start, not with the wait for it', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B], { timeoutMs: 1000, hasPlaces: false });
  await time.advance(5000);
  t.same(started(reactor), [A], 'who waits for a place is not followed');
  reactor.attempts[0]?.options.onStart?.(time.now());
  await time.advance(STAGGER_MS);
  t.same(started(reactor), [A, B]);
  t.equal(Math.round(reactor.attempts[0]?.options.timeoutMs ?? 0), 1000);
  t.equal(Math.round(reactor.attempts[1]?.options.timeoutMs ?? 0), 750, 'the second has what is left of the race');
  for (const { settle } of reactor.attempts) settle(EXPIRED);
  t.same(await outcomesOf(reports), [`${A} timeout`, `${B} timeout`]);
});

t.test('what a later attempt waits for its place is not the race’s time either', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C], { timeoutMs: 1000, hasPlaces: false });
  await time.advance(1);
  reactor.attempts[0]?.options.onStart?.(time.now());
  reactor.attempts[0]?.settle(REFUSED);
  await time.advance(5000);
  t.same(started(reactor), [A, B]);
  reactor.attempts[1]?.options.onStart?.(time.now());
  reactor.attempts[1]?.settle(REFUSED);
  await time.advance(1);
  t.same(started(reactor), [A, B, C], 'the third is asked all the same');
  reactor.attempts[2]?.settle(OPEN);
  t.same(await outcomesOf(reports), [`${A} refused`, `${B} refused`, `${C} open`]);
});

t.test('no further address is tried after the request’s deadline', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C], { deadlineMs: 100 });
  await time.advance(101);
  reactor.attempts[0]?.settle(facts({ ending: 'cut-short', latencyMs: 100 }));
  t.same(await outcomesOf(reports), [`${A} failed`]);
});
