// The token bucket, at instants that the test names.
import fc from 'fast-check';
import t from 'tap';
import { TokenBucket } from '../src/token-bucket.ts';

t.test('a full bucket gives its burst at once, then so many a second', async (t) => {
  const bucket = new TokenBucket(10, 3, 1000);
  t.equal(bucket.take(3, 1000), 0);
  t.equal(bucket.take(1, 1000), 100);
  t.equal(Math.round(bucket.take(1, 1099)), 1);
  t.equal(bucket.take(1, 1100), 0);
  t.equal(bucket.take(2, 1200), 100, 'all or none');
  t.equal(bucket.take(1, 1200), 0, 'a refusal takes nothing');
  return Promise.resolve();
});

t.test('it never holds more than its burst', async (t) => {
  const bucket = new TokenBucket(10, 3, 0);
  t.equal(bucket.take(3, 1e9), 0);
  t.equal(bucket.take(1, 1e9), 100);
  t.notOk(bucket.isFull(1e9 + 299));
  t.ok(bucket.isFull(1e9 + 300));
  return Promise.resolve();
});

t.test('more than the burst is let through when the bucket is full, and owed', async (t) => {
  const bucket = new TokenBucket(10, 3, 0);
  t.equal(bucket.take(13, 0), 0);
  t.equal(bucket.take(1, 0), 1100);
  t.equal(bucket.take(13, 0), 1300);
  t.equal(bucket.take(13, 1300), 0);
  return Promise.resolve();
});

t.test('a clock that stands still or goes back earns nothing', async (t) => {
  const bucket = new TokenBucket(10, 1, 1000);
  t.equal(bucket.take(1, 1000), 0);
  t.equal(bucket.take(1, 0), 100);
  t.equal(bucket.take(1, 1050), 50);
  return Promise.resolve();
});

t.test('what is given back is there again, up to the burst', (t) => {
  const bucket = new TokenBucket(1, 2, 0);
  t.equal(bucket.take(2, 0), 0);
  bucket.owe(-1);
  t.equal(bucket.take(1, 0), 0);
  bucket.owe(-5);
  t.equal(bucket.take(2, 0), 0);
  t.equal(bucket.take(1, 0), 1000);
  t.end();
});

t.test('it never gives more than the burst and what was earned since', async (t) => {
  const takes = fc.array(fc.record({ count: fc.integer({ min: 1, max: 8 }), after: fc.integer({ min: 0, max: 300 }) }));
  fc.assert(
    fc.property(takes, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 8, max: 20 }), (steps, perSecond, burst) => {
      const bucket = new TokenBucket(perSecond, burst, 0);
      let now = 0;
      let given = 0;
      for (const { count, after } of steps) {
        now += after;
        if (bucket.take(count, now) === 0) given += count;
        if (given > burst + (now * perSecond) / 1000 + 1e-6) return false;
      }
      return true;
    }),
  );
  t.pass('holds');
  return Promise.resolve();
});
