// CONNECT_RATE: a ceiling on connects a second, by the fake kernel and the test's clock, and once for real.
import t, { type Test } from 'tap';
import { monotonicMs } from '../../src/clock.ts';
import { ReactorClient } from '../../src/reactor/client.ts';
import { TokenBucket } from '../../src/token-bucket.ts';
import { stopClock } from '../support/fake-clock.ts';
import { openPort } from '../support/raw-sockets.ts';
import { ReactorBench } from '../support/reactor-bench.ts';
import { attempt } from '../support/reactor-client.ts';

function limited(t: Test, perSecond: number, burst: number, maxInFlight?: number): ReactorBench {
  return new ReactorBench(stopClock(t), maxInFlight, new TokenBucket(perSecond, burst, monotonicMs()));
}

t.test('a turn starts what the rate allows, and its wait ends when the next may start', (t) => {
  const b = limited(t, 100, 3);
  for (let slot = 0; slot < 6; slot++) b.start(slot, { timeoutMs: 10_000 });
  b.turn();
  t.match([b.inFlight, b.queued], [3, 3]);
  t.equal(Math.ceil((b.kernel.waits.at(-1) ?? 0) - 1e-3), 10);
  b.clock.advance(9);
  b.turn();
  t.equal(b.inFlight, 3, 'not a millisecond before');
  b.clock.advance(1);
  b.turn();
  t.equal(b.inFlight, 4);
  b.clock.advance(1000);
  b.turn();
  t.match([b.inFlight, b.queued], [6, 0]);
  t.ok((b.kernel.waits.at(-1) ?? 0) > 1000, 'with nothing to start, the rate keeps nobody awake');
  t.end();
});

t.test('what ends while starts are held is posted before the wait', (t) => {
  const b = limited(t, 1, 1);
  const sentAtWait: number[] = [];
  b.kernel.onWait = (timeoutMs) => {
    if (timeoutMs > 0) sentAtWait.push(b.results.length);
  };
  b.start(1, { timeoutMs: 10_000 });
  b.start(2, { timeoutMs: 10_000 });
  b.turn();
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn();
  b.turn();
  t.same(sentAtWait, [0, 0, 1]);
  t.end();
});

t.test('a deadline that passes while starts are held ends the attempt unsent', (t) => {
  const b = limited(t, 1, 1);
  b.start(1, { timeoutMs: 10_000 });
  b.start(2, { deadlineMs: 50 });
  b.turn();
  b.clock.advance(51);
  b.turn();
  t.match(b.taken(), [{ slot: 2, ending: 'not-started', latencyMs: null }]);
  t.end();
});

t.test('a place that is missing costs nothing of the rate', (t) => {
  const b = limited(t, 1, 2, 1);
  b.start(1, { timeoutMs: 10_000 });
  b.start(2, { timeoutMs: 10_000 });
  b.turn(5);
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn(2);
  t.match([b.inFlight, b.queued], [1, 0]);
  t.end();
});

t.test('for real: the starts are spread over the time that the rate takes', async (t) => {
  const client = await new ReactorClient({ maxInFlight: 64, connectRate: 400 }).start();
  t.teardown(() => client.close(0));
  const endpoint = openPort(t);
  const startedAt = monotonicMs();
  const results = await Promise.all(Array.from({ length: 84 }, () => attempt(client, endpoint, { timeoutMs: 60_000 })));
  const tookMs = monotonicMs() - startedAt;
  t.equal(results.filter(({ ending }) => ending === 'established').length, 84);
  // Four at once, as many as 10 ms bring, then one each 2.5 ms.
  t.ok(tookMs > 190, `${tookMs} ms`);
});
