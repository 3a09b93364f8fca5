// What one caller may ask for, by the fake clock: targets and not requests, and nothing of one caller is another's.
import t from 'tap';
import { CallerLimits, RateLimitedError } from '../../src/callers/limits.ts';
import { stopClock } from '../support/fake-clock.ts';
import { checkOf } from '../support/fake-reactor.ts';

function checks(number: number, count = 1) {
  return Array.from({ length: number }, () => checkOf('10.0.0.1:80', { count }));
}

/** In how many milliseconds there is room again; 0 when there was room. */
function waitMs(limits: CallerLimits, caller: string, asked: ReturnType<typeof checks>): number {
  try {
    limits.admit(caller, asked);
    return 0;
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error;
    return Math.round(error.retryAfterMs);
  }
}

t.test('each caller has so many targets a second, in one request or in many', async (t) => {
  const clock = stopClock(t);
  const limits = new CallerLimits({ targetsPerSecond: 100, burst: 20, maxQueued: 0 });
  t.equal(waitMs(limits, 'a', checks(20)), 0);
  t.equal(waitMs(limits, 'a', checks(1)), 10);
  t.equal(waitMs(limits, 'b', checks(20)), 0, 'of another caller');
  clock.advance(10);
  t.equal(waitMs(limits, 'a', checks(1)), 0);
  return Promise.resolve();
});

t.test('a target asked ten times counts ten times', async (t) => {
  stopClock(t);
  const limits = new CallerLimits({ targetsPerSecond: 100, burst: 20, maxQueued: 0 });
  t.equal(waitMs(limits, 'a', checks(2, 10)), 0);
  t.equal(waitMs(limits, 'a', checks(1)), 10);
  return Promise.resolve();
});

t.test('without a burst of its own, a second’s worth comes at once', async (t) => {
  stopClock(t);
  const limits = new CallerLimits({ targetsPerSecond: 100, burst: 0, maxQueued: 0 });
  t.equal(waitMs(limits, 'a', checks(100)), 0);
  t.equal(waitMs(limits, 'a', checks(1)), 10);
  return Promise.resolve();
});

t.test('checks that wait are counted until they have their results', async (t) => {
  const limits = new CallerLimits({ targetsPerSecond: 0, burst: 0, maxQueued: 5 });
  limits.admit('a', checks(3));
  limits.admit('a', checks(2));
  t.throws(() => limits.admit('a', checks(1)), {
    name: 'RateLimitedError',
    message: /6 checks waiting, of at most 5/,
    retryAfterMs: 1000,
  });
  t.doesNotThrow(() => limits.admit('b', checks(5)), 'of another caller');
  limits.release('a', 3);
  t.doesNotThrow(() => limits.admit('a', checks(3)));
  limits.release('a', 5);
  return Promise.resolve();
});

t.test('a refusal for what waits does not count towards the rate', async (t) => {
  stopClock(t);
  const limits = new CallerLimits({ targetsPerSecond: 100, burst: 4, maxQueued: 2 });
  limits.admit('a', checks(2));
  t.equal(waitMs(limits, 'a', checks(2)), 1000);
  limits.release('a', 2);
  t.equal(waitMs(limits, 'a', checks(2)), 0);
  return Promise.resolve();
});

t.test('attempts that nobody could foresee are owed, and those that were not made are given back', async (t) => {
  stopClock(t);
  const limits = new CallerLimits({ targetsPerSecond: 100, burst: 20, maxQueued: 0 });
  limits.admit('a', checks(1));
  limits.charge('a', 99);
  t.equal(waitMs(limits, 'a', checks(1)), 810, '80 are owed, and one more is wanted');
  limits.charge('a', -80);
  t.equal(waitMs(limits, 'a', checks(1)), 10);
  limits.charge('a', -100);
  t.equal(waitMs(limits, 'a', checks(20)), 0);
  t.equal(waitMs(limits, 'a', checks(1)), 10, 'no more than a burst is given back');
  return Promise.resolve();
});

t.test('callers who have paused are forgotten', async (t) => {
  const clock = stopClock(t);
  const limits = new CallerLimits({ targetsPerSecond: 10, burst: 1, maxQueued: 1 });
  let most = 0;
  for (let i = 0; i < 20_000; i++) {
    limits.admit(`caller ${i}`, checks(1));
    limits.release(`caller ${i}`, 1);
    clock.advance(1);
    most = Math.max(most, limits.size);
  }
  // A bucket is full again after 100 ms, so about a hundred callers are worth remembering.
  t.ok(most <= 1000, `${most} at most`);
  return Promise.resolve();
});
