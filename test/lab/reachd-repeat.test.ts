// A check that is repeated: rounds at their interval, and what they come to over a target that loses some of them.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

labTest('repeated checks are counted, and their latencies summed up', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);
  const rounds = { count: 6, intervalMs: 100, timeoutMs: 250 };

  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = lab.target[family];

    await t.test(`${family}: a target that loses two of six`, async (t) => {
      const open = { answer: 'syn-ack', afterMs: 20 } as const;
      const lost = { answer: 'silence' } as const;
      await lab.on({ address, port: 80 }, open, lost, open, open, lost, open);
      const result = await reachd.result({ target: targetAt(address, 80), ...rounds });
      t.strictSame(
        result.attempts.map(({ outcome }) => outcome),
        ['open', 'timeout', 'open', 'open', 'timeout', 'open'],
      );
      t.match(
        result,
        { ok: false, outcome: 'timeout', cause: { layer: 'deadline' } },
        'the first that is lost decides',
      );
      t.match(result.stats, { sent: 6, open: 4, lossPercent: 33.333 });
      const { minMs, avgMs, p50Ms, p95Ms, maxMs, stddevMs } = result.stats ?? {};
      const latencies = result.attempts
        .filter(({ outcome }) => outcome === 'open')
        .map(({ latencyMs }) => latencyMs ?? 0);
      t.equal(minMs, Math.min(...latencies));
      t.equal(maxMs, Math.max(...latencies));
      t.equal(p50Ms, [...latencies].sort((a, b) => a - b)[1]);
      t.equal(p95Ms, maxMs);
      const mean = latencies.reduce((sum, ms) => sum + ms, 0) / 4;
      t.ok(Math.abs((avgMs ?? NaN) - mean) < 0.001, `${avgMs ?? '?'} is the mean, ${mean}`);
      t.ok((stddevMs ?? -1) >= 0);
      t.ok((minMs ?? 0) >= 20, 'only open attempts have a latency that counts');
    });

    await t.test(
      `${family}: expect closed is ok while every round is closed, and one open round ends that`,
      async (t) => {
        const rst = { answer: 'rst' } as const;
        await lab.on({ address, port: 81 }, rst);
        await lab.on({ address, port: 82 }, rst, rst, { answer: 'syn-ack' }, rst);
        const asks = [81, 82].map((port) => {
          return { target: targetAt(address, port), count: 4, intervalMs: 20, expect: 'closed' as const };
        });
        const [closed, once] = await reachd.results(...asks);
        t.match(closed, { ok: true, outcome: 'refused', stats: { sent: 4, open: 0, lossPercent: 0, minMs: null } });
        t.match(once, { ok: false, outcome: 'open', stats: { sent: 4, open: 1, outcomes: { refused: 3, open: 1 } } });
      },
    );
  }

  await t.test('rounds start at their interval, however long an answer takes within it', async (t) => {
    await lab.on(90, { answer: 'syn-ack', afterMs: 250 });
    const ask = { target: targetAt(lab.target.ipv4, 90), count: 4, intervalMs: 300 };
    const { durationMs, results } = await reachd.check([ask]);
    t.match(results[0]?.stats, { sent: 4, open: 4, lossPercent: 0 });
    t.ok(durationMs >= 1145, `three intervals and an answer, ${durationMs} ms`);
    // A round that waited for its answer and then for the whole interval would make it 1.9 s.
    t.ok(durationMs < 1800, `${durationMs} ms`);
  });

  await t.test('a check that is put once has no stats', async (t) => {
    t.equal((await reachd.result({ target: targetAt(lab.target.ipv4, 90) })).stats, undefined);
  });
});
