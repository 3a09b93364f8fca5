// When groups are asked, on a clock that the test moves.
import t from 'tap';
import { NoRoomError } from '../../src/check/pool.ts';
import type { CheckReply } from '../../src/check/result.ts';
import { RateLimitedError } from '../../src/callers/limits.ts';
import { replyOf } from '../support/build.ts';
import { settled } from '../support/fake-time.ts';
import { benchOf, definitionsOf, resultAs } from '../support/groups-bench.ts';

const PLAIN = { name: 'a', targets: ['a.test:2'], intervalMs: 1000, jitter: 0, timeoutMs: 500 };

t.test('the first round is asked at once, each next one an interval after the start of the last', async (t) => {
  const bench = benchOf(PLAIN);
  await bench.timing.advance(3500);
  t.same(
    bench.asked.map(({ at }) => at),
    [0, 1000, 2000, 3000],
  );
  t.match(
    bench.asked.map(({ id }) => id),
    ['a-1', 'a-2', 'a-3', 'a-4'],
  );
});

t.test('jitter moves the next round by at most its part of the interval, to both sides', async (t) => {
  for (const [chance, gap] of [
    [0, 800],
    [0.5, 1000],
    [0.999_999, 1200],
  ] as const) {
    const bench = benchOf({ ...PLAIN, jitter: 0.2 });
    bench.timing.chance = chance;
    await bench.timing.advance(1500);
    t.ok(Math.abs((bench.asked[1]?.at ?? 0) - gap) < 1, `${bench.asked[1]?.at}`);
  }
});

t.test('rounds never overlap: one that takes longer than the interval is followed when it is over', async (t) => {
  const bench = benchOf(PLAIN);
  let running = 0;
  let most = 0;
  bench.ask = (checks) => {
    most = Math.max(most, ++running);
    return new Promise((resolve) =>
      bench.timing.after(2300, () => {
        running--;
        resolve(replyOf(checks.map((check) => resultAs(check, 'timeout'))));
      }),
    );
  };
  await bench.timing.advance(9000);
  t.equal(most, 1);
  t.same(
    bench.asked.map(({ at }) => at),
    [0, 2300, 4600, 6900],
  );
});

t.test('a round that never ends leaves the verdict, which becomes stale, and no other is asked', async (t) => {
  const bench = benchOf({ ...PLAIN, rise: 2 });
  await bench.timing.advance(1500);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up', ready: true, stale: false });
  bench.ask = () => new Promise<CheckReply>(() => undefined);
  await bench.timing.advance(3000);
  t.equal(bench.asked.length, 3);
  // The last round that told something began at 1000; the staleness is three intervals and a timeout.
  t.match(bench.groups.readiness('a', 'serving'), { stale: false, ageMs: 3500 });
  await bench.timing.advance(1);
  const stale = { state: 'up', ready: true, stale: true, checkedAt: '1970-01-01T00:00:01.000Z', ageMs: 3501 };
  t.match(bench.groups.readiness('a', 'serving'), stale);
  await bench.timing.advance(100_000);
  t.equal(bench.asked.length, 3);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up', ready: true, stale: true });
});

t.test('a group that nobody could ask yet is unknown, and stale in time', async (t) => {
  const bench = benchOf(PLAIN);
  bench.ask = () => new Promise<CheckReply>(() => undefined);
  await settled();
  const never = { state: 'unknown', ready: false, checkedAt: null, ageMs: null };
  t.match(bench.groups.readiness('a', 'serving'), { ...never, stale: false });
  await bench.timing.advance(3501);
  t.match(bench.groups.readiness('a', 'serving'), { ...never, stale: true });
});

t.test('a round for which reachd has no room tells nothing, is told of once, and is tried again', async (t) => {
  const bench = benchOf({ ...PLAIN, rise: 1, fall: 1 });
  await bench.timing.advance(10);
  bench.ask = () => {
    throw new RateLimitedError('too fast', 10);
  };
  await bench.timing.advance(2000);
  bench.ask = () => Promise.reject(new NoRoomError('overloaded', 'too many'));
  await bench.timing.advance(2000);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up', stale: true });
  t.equal(bench.asked.length, 5);
  bench.ask = null;
  await bench.timing.advance(1000);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up', stale: false });
  t.same(bench.troubles, ['too fast', 'too many', null]);
});

t.test('reachd’s own trouble never turns a verdict, and keeps nothing fresh', async (t) => {
  for (const outcome of ['failed', 'denied', 'cancelled'] as const) {
    const bench = benchOf({ ...PLAIN, rise: 1, fall: 1 });
    await bench.timing.advance(10);
    bench.outcome = () => outcome;
    await bench.timing.advance(20_000);
    t.match(bench.groups.readiness('a', 'serving'), { state: 'up', stale: true });
    t.match(bench.groups.report()[0], { targets: [{ counts: 'void', result: { outcome } }] });
    t.match(bench.groups.report()[0]?.rounds.at(-1), { ok: null });
    t.match(bench.troubles, [outcome]);
  }
});

t.test('spread: up is announced after a random part of it, down at once', async (t) => {
  const bench = benchOf({ ...PLAIN, rise: 1, fall: 1, spreadMs: 4000 });
  bench.timing.chance = 0.25;
  await bench.timing.advance(999);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'unknown' });
  t.match(bench.groups.readiness('a', 'startup'), { ready: false });
  await bench.timing.advance(1);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up', since: '1970-01-01T00:00:01.000Z' });
  bench.outcome = () => 'refused';
  await bench.timing.advance(1000);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'down', since: '1970-01-01T00:00:02.000Z' });
  bench.outcome = () => 'open';
  bench.timing.chance = 0.5;
  await bench.timing.advance(1000);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'down' });
  bench.outcome = () => 'refused';
  await bench.timing.advance(10_000);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'down' }, 'an up that fell again is not announced');
  t.same(
    bench.changes.map(({ to }) => to),
    ['up', 'down'],
  );
});

t.test('stopped groups ask no more, and what is known of them stays', async (t) => {
  const bench = benchOf({ ...PLAIN, rise: 1, spreadMs: 1000 });
  await settled();
  bench.groups.stop();
  t.equal(bench.timing.waiting, 0, 'no timer is left');
  await bench.timing.advance(10_000);
  t.equal(bench.asked.length, 1);
  t.equal(bench.groups.report().length, 1);
  bench.groups.define(definitionsOf(PLAIN, { ...PLAIN, name: 'b' }));
  await bench.timing.advance(10_000);
  t.equal(bench.asked.length, 1, 'a file that is read while reachd ends begins nothing');
});
