// Traces over three routers that really forward, made by reachd as it is shipped, as a user without any capability.
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { CheckResult } from '../../src/check/result.ts';
import { labTest } from '../support/lab/availability.ts';
import { targetAt } from '../support/lab/reachd.ts';
import { type Family, TraceLab } from '../support/lab/trace-lab.ts';
import { UnprivilegedReachd } from '../support/lab/unprivileged-reachd.ts';

t.setTimeout(600_000);

const OPEN = 80;
const CLOSED = 81;
const DROPPED = 82;
const FORGED = 83;
const REJECTED = 84;
const REDIRECTED = 85;
const SIDECAR = 86;
const ELSEWHERE = 9000;
const FAMILIES = ['ipv4', 'ipv6'] as const;

labTest('over three routers, without privileges', async (t) => {
  const lab = await TraceLab.create();
  t.teardown(() => lab.close());
  // What the product paces by is another test's; here each trace may ask each router.
  for (const router of lab.routers) await router.sysctl({ 'ipv4/icmp_ratelimit': 0, 'ipv6/icmp/ratelimit': 0 });
  await lab.listen(lab.host, OPEN);
  await lab.rule(lab.router(2), 'forward', `tcp dport ${DROPPED} drop`);
  await lab.rule(lab.router(1), 'forward', `tcp dport ${FORGED} reject with tcp reset`);
  await lab.rule(lab.router(2), 'forward', `tcp dport ${REJECTED} reject with icmpx admin-prohibited`);
  await lab.rule(lab.router(1), 'nat_in', `tcp dport ${REDIRECTED} redirect to :${ELSEWHERE}`);
  await lab.listen(lab.router(1), ELSEWHERE);
  await lab.rule(lab.client, 'nat_out', `tcp dport ${SIDECAR} redirect to :${ELSEWHERE}`);
  await lab.listen(lab.client, ELSEWHERE);

  // Three of them, for each asks the routers at one distance six times at once.
  const [reachd, besideRouter, besideSidecar] = await Promise.all([
    UnprivilegedReachd.start(t, lab.client, { PORT: '8097' }),
    UnprivilegedReachd.start(t, lab.client, { PORT: '8098' }),
    UnprivilegedReachd.start(t, lab.client, { PORT: '8099' }),
  ]);
  const hopsOf = (family: Family, count: number) =>
    lab.hops[family].slice(0, count).map((address, i) => ({ ttl: i + 1, address, latencyMs: Number }));
  const gaps = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ ttl: from + i, address: null, latencyMs: null }));
  const tell = (t: { comment(...what: unknown[]): unknown }, { target, outcome, cause, trace }: CheckResult): void => {
    t.comment(JSON.stringify({ target, outcome, cause, trace }));
  };

  await t.test('reachd is uid 65534 and has no capability', (t) => {
    const status = readFileSync(`/proc/${reachd.pid}/status`, 'utf8');
    t.match(status, /^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) t.match(status, new RegExp(`^Cap${set}:\\s+0+$`, 'm'));
    t.end();
  });

  for (const family of FAMILIES) {
    const at = (port: number): string => targetAt(lab.target[family], port);
    const host = lab.target[family];

    await t.test(`${family}: a RST that router 1 forges is not the target’s`, async (t) => {
      const result = await reachd.result(at(FORGED));
      tell(t, result);
      t.equal(result.outcome, 'refused');
      t.match(result.trace, { answeredAtTtl: 2, by: 'other', hops: hopsOf(family, 1) });
      t.match(result.trace?.summary, `the RST comes from hop 2, though ${host} is 4 hops away: something on the way`);
    });

    await t.test(`${family}: an open port has its routers, and answers from beyond them`, async (t) => {
      const result = await reachd.result(at(OPEN));
      tell(t, result);
      t.equal(result.outcome, 'open');
      t.match(result.trace, {
        answeredAtTtl: 4,
        by: 'target',
        hops: hopsOf(family, 3),
        last: { ttl: 3, address: lab.hops[family][2] },
        summary: `the SYN-ACK comes from hop 4, and port 1 answers from there too: it is ${host} itself`,
      });
      t.equal(result.trace?.hops.length, 3);
    });

    await t.test(`${family}: a port that router 2 drops is a timeout that names router 2`, async (t) => {
      const result = await reachd.result(at(DROPPED), { timeoutMs: 300, trace: 'on-failure' });
      tell(t, result);
      const summary = `SYNs are answered up to ${lab.hops[family][1]} (hop 2); nothing beyond answers`;
      t.equal(result.outcome, 'timeout');
      t.match(result.cause, { code: 'ETIMEDOUT', message: `no answer to one SYN within the timeout; ${summary}` });
      t.match(result.trace, {
        answeredAtTtl: null,
        by: null,
        hops: [...hopsOf(family, 2), ...gaps(3, 5)],
        last: { ttl: 2, address: lab.hops[family][1] },
        summary,
      });
    });

    await t.test(
      `${family}: a RST of the target’s own is, where an open port tells, and left open where none does`,
      async (t) => {
        const alone = await reachd.result(at(CLOSED));
        tell(t, alone);
        t.equal(alone.outcome, 'refused');
        t.match(alone.trace, { answeredAtTtl: 4, by: null, hops: hopsOf(family, 3) });
        const { results } = await reachd.check({ targets: [at(OPEN), at(CLOSED)], trace: 'on-failure' });
        t.notOk('trace' in (results[0] ?? {}), 'of what is open, none was asked for');
        t.match(results[1]?.trace, { answeredAtTtl: 4, by: 'target', summary: /and port 80 answers from there too/ });
      },
    );

    await t.test(`${family}: a REJECT says itself who sent it`, async (t) => {
      const result = await reachd.result(at(REJECTED));
      tell(t, result);
      t.equal(result.outcome, 'rejected');
      t.match(result.trace, { answeredAtTtl: 3, by: 'other', hops: hopsOf(family, 2) });
      t.match(result.trace?.summary, `communication administratively prohibited by ${lab.hops[family][1] ?? ''}`);
    });

    await t.test(`${family}: a redirect on the way, or by a sidecar at this end, is not the target’s`, async (t) => {
      for (const [by, port] of [
        [besideRouter, REDIRECTED],
        [besideSidecar, SIDECAR],
      ] as const) {
        const result = await by.result(at(port));
        tell(t, result);
        t.equal(result.outcome, 'open');
        t.match(result.trace, { answeredAtTtl: 1, by: 'other', hops: [], last: null });
        t.match(
          result.trace?.summary,
          `the SYN-ACK comes from hop 1, though ${host} is 4 hops away: something on the way answers in its place`,
        );
      }
    });

    await t.test(`${family}: what answers in the same way for all ports is left open`, async (t) => {
      const address = lab.oneOfMany(family, 7);
      await lab.rule(
        lab.client,
        'nat_out',
        `${family === 'ipv4' ? 'ip' : 'ip6'} daddr ${address} tcp dport 1-100 redirect to :${ELSEWHERE}`,
      );
      const result = await reachd.result(targetAt(address, OPEN));
      tell(t, result);
      t.match(result.trace, { answeredAtTtl: 1, by: null, summary: /^the SYN-ACK comes from hop 1; no other port/ });
    });
  }

  await t.test('a silent router is a gap and nothing else', async (t) => {
    await lab.rule(lab.router(2), 'output', 'icmp type time-exceeded drop');
    await lab.rule(lab.router(2), 'output', 'icmpv6 type time-exceeded drop');
    for (const family of FAMILIES) {
      const [first, , third] = hopsOf(family, 3);
      const result = await besideRouter.result(targetAt(lab.target[family], OPEN));
      tell(t, result);
      t.equal(result.outcome, 'open');
      t.match(result.trace, { answeredAtTtl: 4, by: 'target', hops: [first, ...gaps(2, 1), third] });
    }
    await lab.router(2).run('nft', ['flush', 'chain', 'inet', 'lab', 'output']);
  });

  await t.test('this host and what it cannot reach have no hops', async (t) => {
    const here = await reachd.result('127.0.0.1:1');
    t.match(here.trace, { answeredAtTtl: 1, hops: [], last: null, summary: /^the RST comes from hop 1/ });
    await lab.client.route('unreachable', '10.83.0.0/24');
    const nowhere = await reachd.result('10.83.0.1:80');
    t.match(nowhere, { outcome: 'unreachable', cause: { layer: 'local' } });
    t.notOk('trace' in nowhere);
  });
});
