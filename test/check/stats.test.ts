import fc from 'fast-check';
import t from 'tap';
import type { Outcome } from '../../src/check/outcome.ts';
import type { AttemptReport } from '../../src/check/result.ts';
import { roundMs, summarize } from '../../src/check/stats.ts';
import { reportOf } from '../support/fake-reactor.ts';

const NONE = { minMs: null, avgMs: null, p50Ms: null, p95Ms: null, maxMs: null, stddevMs: null };
/** Attempts that were open after `latencies`, and `others`. */
const decided = (latencies: readonly number[], ...others: Outcome[]): AttemptReport[] => [
  ...latencies.map((latencyMs) => reportOf('open', { latencyMs })),
  ...others.map((outcome) => reportOf(outcome)),
];
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => n - i);

t.test('the figures of a repeated attempt, by hand', (t) => {
  const same = { minMs: 2, avgMs: 2, p50Ms: 2, p95Ms: 2, maxMs: 2, stddevMs: 0 };
  const none = { sent: 0, open: 0, lossPercent: 0, ...NONE, synRetransmits: 0, outcomes: {} };
  t.same(summarize([]), none);
  const silence = summarize(decided([], 'timeout', 'timeout', 'timeout'));
  t.same(silence, { ...none, sent: 3, lossPercent: 100, outcomes: { timeout: 3 } });
  t.same(summarize(decided([2])), { ...none, ...same, sent: 1, open: 1, outcomes: { open: 1 } });
  t.match(summarize(decided([2], 'timeout', 'timeout')), { sent: 3, open: 1, lossPercent: 66.667, ...same });
  t.match(summarize(decided([2, 4, 4, 4, 5, 5, 7, 9])), {
    ...{ sent: 8, open: 8, lossPercent: 0 },
    ...{ minMs: 2, avgMs: 5, p50Ms: 4, p95Ms: 9, maxMs: 9, stddevMs: 2 },
  });
  t.end();
});

t.test('loss is silence: an answer is none, whatever it says, and what was not asked is not counted', (t) => {
  const answered = decided([1], 'refused', 'rejected', 'unreachable');
  t.match(summarize(answered), { sent: 4, open: 1, lossPercent: 0 });
  const mixed = summarize([...answered, ...decided([], 'timeout', 'failed', 'cancelled')]);
  t.match(mixed, { sent: 5, open: 1, lossPercent: 20 });
  const each = { open: 1, refused: 1, rejected: 1, unreachable: 1, timeout: 1, failed: 1, cancelled: 1 };
  t.same(mixed.outcomes, each);
  t.end();
});

t.test('retransmissions are summed, those of a round without an answer included', (t) => {
  const reports = [
    reportOf('open', { synRetransmits: 1 }),
    reportOf('timeout', { synRetransmits: 3 }),
    reportOf('open'),
  ];
  t.equal(summarize(reports).synRetransmits, 4);
  t.end();
});

t.test('percentiles are by nearest rank: a latency that was seen', (t) => {
  t.match(summarize(decided([9, 1])), { p50Ms: 1, p95Ms: 9 });
  t.match(summarize(decided([3, 1, 2])), { p50Ms: 2, p95Ms: 3 });
  t.match(summarize(decided(upTo(11))), { p50Ms: 6, p95Ms: 11 });
  t.match(summarize(decided(upTo(20))), { p50Ms: 10, p95Ms: 19 });
  t.match(summarize(decided(upTo(21))), { p50Ms: 11, p95Ms: 20 });
  t.match(summarize(decided(upTo(100))), { minMs: 1, p50Ms: 50, p95Ms: 95, maxMs: 100 });
  t.end();
});

t.test('min ≤ p50 ≤ p95 ≤ max, the mean between them, and nothing below zero or finer than a microsecond', (t) => {
  const latency = fc.double({ min: 0, max: 30_000, noNaN: true });
  const runs = fc.record({
    latencies: fc.array(latency, { minLength: 1, maxLength: 100 }),
    lost: fc.nat({ max: 100 }),
  });
  const holds = fc.property(runs, ({ latencies, lost }) => {
    const silent = Array.from({ length: lost }, () => 'timeout' as const);
    const { sent, open, lossPercent, synRetransmits, outcomes, ...times } = summarize(decided(latencies, ...silent));
    const { minMs, avgMs, p50Ms, p95Ms, maxMs, stddevMs } = times;
    const ordered = [0, minMs, p50Ms, p95Ms, maxMs];
    return (
      ordered.every((ms, i) => i === 0 || (ms ?? NaN) >= (ordered[i - 1] ?? NaN)) &&
      [avgMs, stddevMs].every((ms) => ms !== null && ms >= 0 && ms <= (maxMs ?? NaN)) &&
      (avgMs ?? NaN) >= (minMs ?? NaN) &&
      latencies.some((ms) => roundMs(ms) === p50Ms) &&
      latencies.some((ms) => roundMs(ms) === p95Ms) &&
      sent - open === lost &&
      (outcomes.timeout ?? 0) === lost &&
      synRetransmits === 0 &&
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
