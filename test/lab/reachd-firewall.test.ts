// A real kernel on the far side: its listeners, and its firewall with DROP and every REJECT.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';
import { VethLab, type Verdict } from '../support/lab/veth-lab.ts';

t.setTimeout(120_000);

type Row = readonly [verdict: Verdict, type: number, code: number, outcome: string, errno: string, words: string];

const REJECTIONS: Readonly<Record<'ipv4' | 'ipv6', readonly Row[]>> = {
  ipv4: [
    ['icmp net-unreachable', 3, 0, 'unreachable', 'ENETUNREACH', 'network reported unreachable'],
    ['icmp host-unreachable', 3, 1, 'unreachable', 'EHOSTUNREACH', 'host reported unreachable'],
    ['icmp prot-unreachable', 3, 2, 'unreachable', 'ENOPROTOOPT', 'protocol reported unreachable'],
    ['icmp port-unreachable', 3, 3, 'rejected', 'ECONNREFUSED', 'port reported unreachable'],
    ['icmp net-prohibited', 3, 9, 'rejected', 'ENETUNREACH', 'network administratively prohibited'],
    ['icmp host-prohibited', 3, 10, 'rejected', 'EHOSTUNREACH', 'host administratively prohibited'],
    ['icmp admin-prohibited', 3, 13, 'rejected', 'EHOSTUNREACH', 'communication administratively prohibited'],
  ],
  ipv6: [
    ['icmpv6 no-route', 1, 0, 'unreachable', 'ENETUNREACH', 'no route to the destination reported'],
    ['icmpv6 admin-prohibited', 1, 1, 'rejected', 'EACCES', 'communication administratively prohibited'],
    ['icmpv6 addr-unreachable', 1, 3, 'unreachable', 'EHOSTUNREACH', 'address reported unreachable'],
    ['icmpv6 port-unreachable', 1, 4, 'rejected', 'ECONNREFUSED', 'port reported unreachable'],
    ['icmpv6 policy-fail', 1, 5, 'rejected', 'EACCES', 'source address failed the ingress or egress policy'],
    ['icmpv6 reject-route', 1, 6, 'rejected', 'EACCES', 'route to the destination rejected'],
  ],
};

const OPEN = 80;
const CLOSED = 81;
const DROPPED = 82;
const RESET = 83;
const SILENT_MS = 300;

labTest('a host behind a veth pair', async (t) => {
  const lab = await VethLab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.client);
  await lab.listen(OPEN);
  await lab.filter(DROPPED, 'drop');
  await lab.filter(RESET, 'tcp reset');

  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = lab.target[family];
    await t.test(`${family}: listening, closed, dropped and reset are told apart`, async (t) => {
      const ports = [OPEN, CLOSED, DROPPED, RESET];
      const asks = ports.map((port) => ({ target: targetAt(address, port), timeoutMs: SILENT_MS }));
      const results = await reachd.results(...asks);
      t.strictSame(
        results.map(({ outcome, cause }) => [outcome, cause?.layer]),
        [
          ['open', undefined],
          ['refused', 'tcp'],
          ['timeout', 'deadline'],
          ['refused', 'tcp'],
        ],
      );
      const local = { localAddress: lab.local[family], localPort: Number, at: String };
      const [open, ...others] = results.map(({ attempts: [attempt] }) => attempt);
      for (const attempt of others) t.match(attempt, local);
      t.notHas(open, local);
    });

    await t.test(`${family}: each REJECT has its cause, and the host's address in it`, async (t) => {
      const rows = REJECTIONS[family];
      for (const [index, [verdict]] of rows.entries()) await lab.filter(100 + index, verdict);
      const results = await reachd.results(...rows.map((_, index) => ({ target: targetAt(address, 100 + index) })));
      for (const [index, [verdict, type, code, outcome, errno, words]] of rows.entries()) {
        const icmp = { type, code, from: address };
        t.strictSame(
          { outcome: results[index]?.outcome, cause: results[index]?.cause },
          { outcome, cause: { layer: 'icmp', code: errno, message: `${words} by ${address}`, icmp } },
          verdict,
        );
      }
    });

    await t.test(`${family}: expect closed is for DROP, REJECT and RST, and not for an open port`, async (t) => {
      const ports = [DROPPED, 103, RESET, OPEN];
      const asks = ports.map((port) => {
        return { target: targetAt(address, port), timeoutMs: SILENT_MS, expect: 'closed' as const };
      });
      const { ok, summary, results } = await reachd.check(asks);
      t.strictSame(
        results.map((result) => [result.outcome, result.ok]),
        [
          ['timeout', true],
          ['rejected', true],
          ['refused', true],
          ['open', false],
        ],
      );
      t.equal(ok, false);
      t.match(summary, { total: 4, ok: 3, notOk: 1 });
    });
  }

  await t.test('no half-open check comes out of accept(), and every full one does', async (t) => {
    await lab.listen(90);
    const targets = Object.values(lab.target).map((address) => targetAt(address, 90));
    const fifty = Array.from({ length: 25 }, () => targets).flat();
    const half = await reachd.check(fifty.map((target) => ({ target })));
    t.strictSame(half.summary.outcomes, { open: 50 });
    t.equal(await lab.accepted(90), 0);
    const full = await reachd.check(fifty.map((target) => ({ target, handshake: 'full' as const })));
    t.strictSame(full.summary.outcomes, { open: 50 });
    for (let i = 0; i < 100 && (await lab.accepted(90)) < 50; i += 1) await new Promise((go) => setTimeout(go, 20));
    t.equal(await lab.accepted(90), 50);
  });

  await t.test('a neighbour that is not there is unreachable once the kernel gives up', async (t) => {
    // The kernel itself sends the ICMP error, from this host's own address.
    const expected = [
      [lab.nobody.ipv4, { type: 3, code: 1, from: lab.local.ipv4 }],
      [lab.nobody.ipv6, { type: 1, code: 3, from: lab.local.ipv6 }],
    ] as const;
    const results = await reachd.results(
      ...expected.map(([address]) => ({ target: targetAt(address, 80), timeoutMs: 8000 })),
    );
    for (const [index, [address, icmp]] of expected.entries()) {
      const { outcome, latencyMs, cause } = results[index] ?? {};
      t.equal(outcome, 'unreachable', address);
      t.match(cause, { code: 'EHOSTUNREACH', icmp });
      t.ok((latencyMs ?? 0) > 2000, `after ${latencyMs ?? '?'} ms`);
    }
  });

  t.strictSame(await reachd.unexpected(), [], 'the table foresaw every errno');
});
