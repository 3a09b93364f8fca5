import fc from 'fast-check';
import t from 'tap';
import { roundMs, summarize } from '../../src/check/stats.ts';

const NONE = { minMs: null, avgMs: null, p50Ms: null, p95Ms: null, maxMs: null, stddevMs: null };
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => n - i);

t.test('the figures of a repeated attempt, by hand', (t) => {
  const same = { minMs: 2, avgMs: 2, p50Ms: 2, p95Ms: 2, maxMs: 2, stddevMs: 0 };
  t.same(summarize(0, []), { sent: 0, open: 0, lossPercent: 0, ...NONE });
  t.same(summarize(3, []), { sent: 3, open: 0, lossPercent: 100, ...NONE });
  t.same(summarize(1, [2]), { sent: 1, open: 1, lossPercent: 0, ...same });
  t.same(summarize(3, [2]), { sent: 3, open: 1, lossPercent: 66.667, ...same });
  t.same(summarize(8, [2, 4, 4, 4, 5, 5, 7, 9]), {
    ...{ sent: 8, open: 8, lossPercent: 0 },
    ...{ minMs: 2, avgMs: 5, p50Ms: 4, p95Ms: 9, maxMs: 9, stddevMs: 2 },
  });
  t.end();
});

t.test('percentiles are by nearest rank: a latency that was seen', (t) => {
  t.match(summarize(2, [9, 1]), { p50Ms: 1, p95Ms: 9 });
  t.match(summarize(3, [3, 1, 2]), { p50Ms: 2, p95Ms: 3 });
  t.match(summarize(11, upTo(11)), { p50Ms: 6, p95Ms: 11 });
  t.match(summarize(20, upTo(20)), { p50Ms: 10, p95Ms: 19 });
  t.match(summarize(21, upTo(21)), { p50Ms: 11, p95Ms: 20 });
  t.match(summarize(100, upTo(100)), { minMs: 1, p50Ms: 50, p95Ms: 95, maxMs: 100 });
  t.end();
});

t.test('the caller’s latencies are left as they are', (t) => {
  const latencies = [3, 1, 2];
  summarize(3, latencies);
  t.same(latencies, [3, 1, 2]);
  t.end();
});

t.test('min ≤ p50 ≤ p95 ≤ max, the mean between them, and nothing below zero or finer than a microsecond', (t) => {
  const latency = fc.double({ min: 0, max: 30_000, noNaN: true });
  const runs = fc.record({
    latencies: fc.array(latency, { minLength: 1, maxLength: 100 }),
    lost: fc.nat({ max: 100 }),
  });
  const holds = fc.property(runs, ({ latencies, lost }) => {
    const { sent, open, lossPercent, ...times } = summarize(latencies.length + lost, latencies);
    const { minMs, avgMs, p50Ms, p95Ms, maxMs, stddevMs } = times;
    const ordered = [0, minMs, p50Ms, p95Ms, maxMs];
    return (
      ordered.every((ms, i) => i === 0 || (ms ?? NaN) >= (ordered[i - 1] ?? NaN)) &&
      [avgMs, stddevMs].every((ms) => ms !== null && ms >= 0 && ms <= (maxMs ?? NaN)) &&
      (avgMs ?? NaN) >= (minMs ?? NaN) &&
      latencies.some((ms) => roundMs(ms) === p50Ms) &&
      latencies.some((ms) => roundMs(ms) === p95Ms) &&
      sent - open === lost &&
      lossPercent >= 0 &&
      lossPercent <= 100 &&
      [lossPercent, ...Object.values(times)].every(hasAtMostThreeDecimals)
    );
  });
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

t.test('round keeps microseconds, and makes null of what there is none of', (t) => {
  t.equal(roundMs(0), 0);
  t.equal(roundMs(0.0004), 0);
  t.equal(roundMs(0.0005), 0.001);
  t.equal(roundMs(1.23456), 1.235);
  t.equal(roundMs(3000), 3000);
  t.equal(roundMs(undefined), null);
  t.equal(roundMs(NaN), null);
  const holds = fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => hasAtMostThreeDecimals(roundMs(ms)));
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

function hasAtMostThreeDecimals(ms: number | null): boolean {
  return ms !== null && /^\d+(\.\d{1,3})?$/.test(JSON.stringify(ms));
}
