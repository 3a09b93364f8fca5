import t from 'tap';
import { DurationHistogram } from '../../src/metrics/duration-histogram.ts';

t.test('a duration is counted in every bucket whose bound it does not pass, the bound itself included', (t) => {
  const histogram = new DurationHistogram();
  for (const ms of [0, 0.1, 0.11, 1, 1000, 30_000, 30_001]) histogram.observe(ms);
  const at = (seconds: number) => histogram.buckets.find(({ boundSeconds }) => boundSeconds === seconds)?.count;
  t.equal(at(0.0001), 2);
  t.equal(at(0.00025), 3);
  t.equal(at(0.001), 4);
  t.equal(at(1), 5);
  t.equal(at(30), 6);
  t.equal(at(Infinity), 7);
  t.ok(Math.abs(histogram.sumSeconds - 61.00221) < 1e-9, `${histogram.sumSeconds}`);
  t.end();
});

t.test('bounds rise, and counts never fall', (t) => {
  const histogram = new DurationHistogram();
  for (let ms = 0.05; ms < 60_000; ms *= 1.7) histogram.observe(ms);
  const { buckets } = histogram;
  for (const [i, bucket] of buckets.slice(1).entries()) {
    t.ok(bucket.boundSeconds > (buckets[i]?.boundSeconds ?? Infinity));
    t.ok(bucket.count >= (buckets[i]?.count ?? Infinity));
  }
  t.end();
});
