import t, { type Test } from 'tap';
import type { Reactor } from '../../src/check/attempt.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { concludeRounds } from '../../src/check/report.ts';
import { makeRounds } from '../../src/check/rounds.ts';
import type { CheckOptions, CheckResult } from '../../src/check/result.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { address, CANCELLED, checkOf, EXPIRED, LOST, OPEN, REFUSED } from '../support/fake-reactor.ts';
import { stopTime, type FakeTime } from '../support/fake-time.ts';
import { GRANTED, waiting } from '../support/inquiry.ts';

const ADDRESSES = [address('10.0.0.7'), address('10.0.0.8')];

interface Scene {
  readonly time: FakeTime;
  /** When each round started, from the first one on, and how long it had. */
  readonly rounds: { at: number; forMs: number }[];
  readonly leave: () => void;
  readonly result: Promise<CheckResult>;
}

/** A check whose n-th round ends as `ends` says, after `takesMs`. The name took `dnsMs` of the first round's time. */
function repeat(
  t: Test,
  options: Partial<CheckOptions>,
  ends: (round: number) => readonly AttemptResult[],
  { takesMs = 0, dnsMs = 0, attempts = 1, deadlineMs = null as number | null } = {},
): Scene {
  const time = stopTime(t);
  const caller = new Cancellation();
  const check = checkOf('db:1', options);
  const startedAt = time.now();
  const rounds: Scene['rounds'] = [];
  let results: readonly AttemptResult[] = [];
  const reactor: Reactor = {
    ask({ address }, { timeoutMs }, settle) {
      const turn = ADDRESSES.findIndex(({ bytes }) => bytes === address.bytes);
      if (turn === 0) {
        rounds.push({ at: Math.round(time.now() - startedAt), forMs: Math.round(timeoutMs) });
        results = ends(rounds.length);
      }
      const result = results[turn] ?? OPEN;
      if (takesMs > 0) setTimeout(() => settle(result), takesMs);
      else settle(result);
    },
  };
  const who = waiting({ cancellation: caller, deadlineMs });
  const result = new Promise<CheckResult>((resolve, reject) => {
    const addresses = ADDRESSES.slice(0, attempts);
    const plan = {
      check,
      addresses,
      source: null,
      waiting: who,
      grant: GRANTED,
      reactor,
      observer: null,
      securing: null,
      break: reject,
    };
    makeRounds(plan, check.options.timeoutMs - dnsMs, (_, made) => resolve(concludeRounds(check, null, made)));
  });
  return { time, rounds, leave: () => caller.cancel(), result };
}

const taking = (latencyMs: number): AttemptResult => ({ ...OPEN, latencyMs });

t.test('one round has what the lookup left of the timeout, and no stats', async (t) => {
  const { rounds, result } = repeat(t, { timeoutMs: 700 }, () => [OPEN], { dnsMs: 200 });
  const answer = await result;
  t.match(answer, { ok: true, outcome: 'open', stats: undefined, attempts: { length: 1 } });
  t.notHas(answer.attempts[0], { round: Number });
  t.same(rounds, [{ at: 0, forMs: 500 }]);
});

t.test('rounds start an interval apart, each with the whole timeout', async (t) => {
  const options = { count: 4, intervalMs: 100, timeoutMs: 700 };
  const { time, rounds, result } = repeat(t, options, () => [OPEN], { takesMs: 30, dnsMs: 200 });
  await time.advance(500);
  t.match(await result, { ok: true, stats: { sent: 4, open: 4, lossPercent: 0 }, attempts: { length: 4 } });
  t.same(rounds, [
    { at: 0, forMs: 500 },
    { at: 100, forMs: 700 },
    { at: 200, forMs: 700 },
    { at: 300, forMs: 700 },
  ]);
});

t.test('a round that takes longer than the interval is followed at once', async (t) => {
  const { time, rounds, result } = repeat(t, { count: 3, intervalMs: 100 }, () => [OPEN], { takesMs: 250 });
  await time.advance(1000);
  await result;
  // A timer of 0 ms takes one.
  t.same(
    rounds.map(({ at }) => at),
    [0, 251, 502],
  );
});

t.test('without an interval a hundred rounds still come one after the other', async (t) => {
  let running = 0;
  let most = 0;
  const ends = (): readonly AttemptResult[] => {
    most = Math.max(most, ++running);
    queueMicrotask(() => running--);
    return [OPEN];
  };
  const { time, rounds, result } = repeat(t, { count: 100, intervalMs: 0 }, ends);
  await time.advance(200);
  t.match(await result, { stats: { sent: 100, open: 100 } });
  t.equal(rounds.length, 100);
  t.equal(most, 1);
});

t.test('the stats are of the rounds: loss is silence, times are those of the open ones', async (t) => {
  const ends = [[taking(4)], [REFUSED], [taking(1)], [EXPIRED], [taking(2)]];
  const { time, result } = repeat(t, { count: 5, intervalMs: 1 }, (round) => ends[round - 1] ?? []);
  await time.advance(20);
  const { ok, outcome, stats, attempts } = await result;
  t.same({ ok, outcome }, { ok: false, outcome: 'refused' }, 'the first round that is not as expected decides');
  t.match(stats, { sent: 5, open: 3, lossPercent: 20, minMs: 1, p50Ms: 2, p95Ms: 4, maxMs: 4, avgMs: 2.333 });
  t.same(
    attempts.map(({ round, outcome }) => [round, outcome]),
    [
      [1, 'open'],
      [2, 'refused'],
      [3, 'open'],
      [4, 'timeout'],
      [5, 'open'],
    ],
  );
  t.same(stats?.outcomes, { open: 3, refused: 1, timeout: 1 });
});

t.test('where every round is as expected, the last one speaks for them', async (t) => {
  const ends = [EXPIRED, REFUSED];
  const options = { count: 2, intervalMs: 1, expect: 'closed' } as const;
  const { time, result } = repeat(t, options, (round) => ends.slice(round - 1, round));
  await time.advance(5);
  t.match(await result, { ok: true, outcome: 'refused', stats: { sent: 2, open: 0, lossPercent: 50, minMs: null } });
});

t.test('one open round is too many for `closed`', async (t) => {
  const ends = [REFUSED, OPEN, REFUSED];
  const options = { count: 3, intervalMs: 1, expect: 'closed' } as const;
  const { time, result } = repeat(t, options, (round) => ends.slice(round - 1, round));
  await time.advance(5);
  t.match(await result, { ok: false, outcome: 'open', stats: { sent: 3, open: 1 } });
});

t.test('a round of several attempts counts once, by the one that decides it', async (t) => {
  const { time, result } = repeat(t, { count: 2, intervalMs: 1 }, () => [REFUSED, taking(3)], {
    attempts: 2,
  });
  await time.advance(5);
  const { attempts, ...answer } = await result;
  t.match(answer, { ok: true, outcome: 'open', stats: { sent: 2, open: 2, minMs: 3, outcomes: { open: 2 } } });
  t.same(
    attempts.map(({ round }) => round),
    [1, 1, 2, 2],
  );
});

t.test('a failure of reachd’s own in one round is not hidden by the others', async (t) => {
  const ends = [OPEN, LOST, OPEN];
  const { time, result } = repeat(t, { count: 3, intervalMs: 1 }, (round) => ends.slice(round - 1, round));
  await time.advance(5);
  t.match(await result, { ok: false, outcome: 'failed', cause: { code: 'worker-lost' } });
});

t.test('a caller that leaves in the pause ends it at once', async (t) => {
  const { time, rounds, leave, result } = repeat(t, { count: 5, intervalMs: 60_000 }, () => [OPEN]);
  await time.advance(10);
  leave();
  t.match(await result, { stats: { sent: 1, open: 1 }, attempts: { length: 1 } });
  t.equal(rounds.length, 1);
});

t.test('a caller that leaves in a round gets no further one', async (t) => {
  const scene: Scene = repeat(t, { count: 5, intervalMs: 0 }, (round) => {
    if (round < 2) return [OPEN];
    scene.leave();
    return [CANCELLED];
  });
  await scene.time.advance(20);
  t.match(await scene.result, { ok: false, outcome: 'cancelled', stats: { sent: 1, open: 1 } });
  t.equal(scene.rounds.length, 2);
});

t.test('rounds without an attempt are cancelled, with a cause', async (t) => {
  const { leave, result } = repeat(t, { count: 2, addresses: 'all' }, () => [], { attempts: 0 });
  leave();
  t.match(await result, { ok: false, outcome: 'cancelled', stats: { sent: 0 }, cause: { code: 'ECANCELED' } });
});

t.test('a request’s deadline that passes in the pause ends it at once, and no further round begins', async (t) => {
  const { time, rounds, result } = repeat(t, { count: 5, intervalMs: 60_000 }, () => [OPEN], { deadlineMs: 100 });
  await time.advance(101);
  t.match(await result, { attempts: { length: 1 } });
  t.equal(rounds.length, 1);
});
