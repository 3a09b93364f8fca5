import fc from 'fast-check';
import t from 'tap';
import { formatAddress, type Address } from '../../src/net/address.ts';
import type { Plan } from '../../src/check/attempt.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { interleave, race, STAGGER_MS } from '../../src/check/race.ts';
import type { AttemptReport } from '../../src/check/result.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { address, checkOf, EXPIRED, FakeReactor, LOST, OPEN, REFUSED } from '../support/fake-reactor.ts';
import { cancelled } from '../support/inquiry.ts';
import { settled, stopTime, type FakeTime } from '../support/fake-time.ts';

const [A, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;

/** A race between addresses that answer when the test says, unless `answer` does. */
function start(
  texts: readonly string[],
  time: FakeTime,
  { timeoutMs = 3000, answer = (): AttemptResult | null => null as AttemptResult | null } = {},
): { reactor: FakeReactor; leave: () => void; reports: Promise<AttemptReport[]> } {
  const reactor = new FakeReactor(answer);
  const caller = new Cancellation();
  const reports = race(planOf(texts, reactor), time.now() + timeoutMs, caller);
  return { reactor, leave: () => caller.cancel(), reports };
}

function planOf(texts: readonly string[], reactor: FakeReactor): Plan {
  const addresses = texts.map(address);
  return { check: checkOf('db.test:80'), addresses, source: null, caller: 1, reactor, observer: null };
}

const outcomesOf = async (reports: Promise<AttemptReport[]>): Promise<string[]> =>
  (await reports).map(({ address, outcome }) => `${address} ${outcome}`);
const started = ({ attempts }: FakeReactor): string[] => attempts.map((attempt) => attempt.address);

t.test('families take turns, beginning with the first one’s, each in its own order', (t) => {
  const turns = (...texts: string[]): string[] => interleave(texts.map(address)).map(({ text }) => text);
  t.same(turns(), []);
  t.same(turns('::1', '::2', '::3', A, B), ['::1', A, '::2', B, '::3']);
  t.same(turns(A, '::1', '::2', '::3'), [A, '::1', '::2', '::3']);
  t.same(turns(A, B, '::1', C), [A, '::1', B, C]);
  t.same(turns(B, A), [B, A]);
  t.end();
});

t.test('interleaving loses nothing, adds nothing, and alternates while both families last', (t) => {
  const family = fc.constantFrom<4 | 6>(4, 6);
  const holds = fc.property(fc.array(family, { maxLength: 100 }), (families) => {
    const given = families.map((family, i) => numbered(family, i));
    const turns = interleave(given);
    const both = 2 * Math.min(...[4, 6].map((family) => families.filter((one) => one === family).length));
    return (
      [4, 6].every((family) => same(ofFamily(turns, family), ofFamily(given, family))) &&
      turns.length === given.length &&
      turns[0] === given[0] &&
      turns.slice(1, both).every((address, i) => address.family !== turns[i]?.family)
    );
  });
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

t.test('the next attempt starts when the one before is 250 ms old, and not before', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C], time);
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
  const { reactor, reports } = start([A, B, C], time);
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
  const { reactor, leave, reports } = start([A, B, C], time);
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
  const { reactor, reports } = start([A, B, C], time);
  await time.advance(STAGGER_MS);
  reactor.attempts[1]?.settle(OPEN);
  t.same(await outcomesOf(reports), [`${A} cancelled`, `${B} open`]);
  t.ok(reactor.attempts[0]?.options.cancellation.isCancelled, 'it is told');
  await time.advance(STAGGER_MS);
  t.same(started(reactor), [A, B]);
});

t.test('the first attempt may still win after the second has started', async (t) => {
  const time = stopTime(t);
  const { reactor, reports } = start([A, B, C], time);
  await time.advance(STAGGER_MS + 20);
  reactor.attempts[0]?.settle(OPEN);
  t.same(await outcomesOf(reports), [`${A} open`, `${B} cancelled`]);
});

t.test('a caller that leaves cancels all, and nothing more is started', async (t) => {
  const time = stopTime(t);
  const { reactor, leave, reports } = start([A, B, C], time);
  await time.advance(STAGGER_MS);
  leave();
  t.same(await outcomesOf(reports), [`${A} cancelled`, `${B} cancelled`]);
  await time.advance(STAGGER_MS);
  t.same(started(reactor), [A, B]);
});

t.test('a caller that has left already gets nothing started', async (t) => {
  const reactor = new FakeReactor();
  t.same(await race(planOf([A, B], reactor), Infinity, cancelled()), []);
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
    const { reactor, reports } = start([A, B, C], time, { timeoutMs });
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
  const time = stopTime(t);
  const { reports } = start([A, B], time, { timeoutMs: -1, answer: () => EXPIRED });
  t.same(await outcomesOf(reports), [`${A} timeout`]);
});

t.test('a hundred addresses: each in turn while they fail, and one winner', async (t) => {
  const time = stopTime(t);
  const hundred = Array.from({ length: 100 }, (_, i) => `10.0.1.${i}`);
  const failing = start(hundred, time, { answer: () => REFUSED });
  t.same(
    (await failing.reports).map(({ address }) => address),
    hundred,
  );

  const silent = start(hundred, time, { timeoutMs: 30_000 });
  await time.advance(20 * STAGGER_MS);
  t.equal(silent.reactor.attempts.length, 21);
  silent.reactor.attempts[20]?.settle(OPEN);
  const reports = await silent.reports;
  t.equal(reports.filter(({ outcome }) => outcome === 'cancelled').length, 20);
  t.match(reports.at(-1), { address: '10.0.1.20', outcome: 'open' });
});

function numbered(family: 4 | 6, number: number): Address {
  const bytes = new Uint8Array(family === 4 ? 4 : 16).fill(number, -1);
  return { family, bytes, text: formatAddress(bytes) };
}

function ofFamily(addresses: readonly Address[], family: number): readonly Address[] {
  return addresses.filter((address) => address.family === family);
}

function same(one: readonly Address[], other: readonly Address[]): boolean {
  return one.length === other.length && one.every((address, i) => address === other[i]);
}
