// Many targets traced in one request: what their routers get, and what the batch does not notice.
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import { labTest } from '../support/lab/availability.ts';
import { targetAt } from '../support/lab/reachd.ts';
import { TraceLab } from '../support/lab/trace-lab.ts';
import { UnprivilegedReachd } from '../support/lab/unprivileged-reachd.ts';

t.setTimeout(600_000);

const OPEN = 80;
const DROPPED = 20_000;
const SILENT_MS = 300;

function outcomesOf({ results }: CheckReply): unknown {
  return results.map(({ target, outcome }) => [target, outcome]);
}

/** The 99th percentile of what the open ones took. */
function p99Of({ results }: CheckReply): number {
  const open = results.filter(({ outcome }) => outcome === 'open').map(({ latencyMs }) => latencyMs ?? 0);
  return open.sort((a, b) => a - b)[Math.floor(open.length * 0.99)] ?? 0;
}

labTest('a batch behind the same routers', async (t) => {
  const lab = await TraceLab.create();
  t.teardown(() => lab.close());
  await lab.listen(lab.host, OPEN);
  await lab.rule(lab.router(2), 'forward', 'tcp dport 20000-20999 drop');
  const [reachd, single] = await Promise.all([
    UnprivilegedReachd.start(t, lab.client, { MAX_TRACES: '100' }),
    UnprivilegedReachd.start(t, lab.client, { PORT: '8098' }),
  ]);

  await t.test('500 targets that router 2 drops ask each router once', async (t) => {
    const dropped = Array.from({ length: 500 }, (_, i) => targetAt(lab.target.ipv4, DROPPED + i));
    const open = Array.from({ length: 200 }, (_, i) => targetAt(lab.oneOfMany('ipv4', i + 1), OPEN));
    const body = { targets: [...dropped, ...open], timeoutMs: SILENT_MS };
    const without = await reachd.check(body);
    const traced = await reachd.check({ ...body, trace: 'on-failure' });
    t.strictSame(outcomesOf(traced), outcomesOf(without), 'outcomes are the same as without');
    t.comment(`${without.durationMs} ms without, ${traced.durationMs} ms with traces`);
    t.comment(`p99 of latencyMs of open ones: ${p99Of(without)} without, ${p99Of(traced)} with traces`);
    t.equal(await lab.expired(1), 1, 'router 1 had to answer one SYN');
    t.equal(await lab.expired(2), 1, 'router 2 too');
    const [first, second] = lab.hops.ipv4;
    const wrong = traced.results.slice(0, 500).filter(({ outcome, trace }) => {
      const isWhole = trace?.summary === `SYNs are answered up to ${second ?? ''} (hop 2); nothing beyond answers`;
      return outcome !== 'timeout' || !isWhole || trace.hops[0]?.address !== first;
    });
    t.strictSame(wrong, []);
    t.ok(
      traced.results.slice(500).every((result) => !('trace' in result)),
      'what is open has no trace',
    );
  });

  await t.test(
    'targets at other addresses ask no faster than routers answer, and say what was not asked',
    async (t) => {
      const targets = Array.from({ length: 40 }, (_, i) => targetAt(lab.oneOfMany('ipv6', i + 1), DROPPED));
      const before = await lab.expired(1);
      const startedAt = performance.now();
      const { results } = await reachd.check({ targets, timeoutMs: SILENT_MS, trace: 'on-failure' });
      const asked = (await lab.expired(1)) - before;
      const seconds = (performance.now() - startedAt) / 1000;
      t.ok(asked >= 6 && asked <= 6 + seconds, `router 1 was asked ${asked} times in ${seconds.toFixed(1)} s`);
      t.equal(results.filter(({ trace }) => trace?.hops[0]?.address === lab.hops.ipv6[0]).length, asked);
      const others = results.filter(({ trace }) => trace?.hops[0]?.address === null);
      t.equal(others.length, targets.length - asked);
      for (const { trace } of others) {
        t.match(trace?.summary, /; hops? 1.* not asked, because a router answers about one probe a second$/);
      }
    },
  );

  await t.test('a router that answers less than that is a gap, and no outcome changes', async (t) => {
    for (const router of lab.routers) await router.sysctl({ 'ipv4/icmp_ratelimit': 0 });
    await lab.router(2).sysctl({ 'ipv4/icmp_ratelimit': 10_000 });
    const [first, second, third] = lab.hops.ipv4;
    const seen = new Set<string | null | undefined>();
    for (let i = 0; i < 12 && !seen.has(null); i++) {
      const { outcome, trace } = await single.result(targetAt(lab.target.ipv4, OPEN));
      const hops = trace?.hops.map(({ address }) => address) ?? [];
      t.strictSame([outcome, trace?.answeredAtTtl, trace?.by, hops[0], hops[2]], ['open', 4, 'target', first, third]);
      seen.add(hops[1]);
    }
    t.strictSame(seen, new Set([second, null]));
  });

  await t.test('a trace ends at the request’s deadline, and leaves the outcome as it was', async (t) => {
    const target = targetAt(lab.target.ipv4, DROPPED);
    const result = await single.result(target, { timeoutMs: 100, deadlineMs: 500 });
    t.equal(result.outcome, 'timeout');
    t.match(result.trace, { answeredAtTtl: null, by: null, summary: /the request was over before the trace$/ });
    t.ok((result.trace?.hops.length ?? 0) < 7, 'five silent hops were not to be had');
  });
});

labTest('two ways of different length', async (t) => {
  const lab = await TraceLab.create();
  t.teardown(() => lab.close());
  for (const router of lab.routers) await router.sysctl({ 'ipv4/icmp_ratelimit': 0, 'ipv6/icmp/ratelimit': 0 });
  await lab.listen(lab.host, OPEN);
  await lab.spread();
  const reachd = await UnprivilegedReachd.start(t, lab.client);
  for (const family of ['ipv4', 'ipv6'] as const) {
    await t.test(`${family}: each trace goes one way, and nobody is taken for a liar`, async (t) => {
      const [first, second, third] = lab.hops[family];
      for (let i = 0; i < 6; i++) {
        const { trace } = await reachd.result(targetAt(lab.target[family], OPEN));
        t.comment(JSON.stringify(trace));
        const hops = trace?.hops.map(({ address }) => address);
        if (trace?.answeredAtTtl === 3) {
          t.match([hops, hops?.[1] === third || hops?.[1] === lab.shortCut[family]], [[first, String], true]);
        } else t.strictSame([trace?.answeredAtTtl, hops], [4, [first, second, third]]);
        t.not(trace?.by, 'other');
      }
    });
  }
});
