// Every ICMP and ICMPv6 error that can answer a SYN, from the target and from a router: who said no, and on what evidence.
// The errno is the kernel's own choice (icmp_err_convert, icmpv6_err_convert); the words are reachd's.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

type Row = readonly [type: number, code: number, outcome: string, errno: string, words: string];

const TABLE: Readonly<Record<'ipv4' | 'ipv6', readonly Row[]>> = {
  ipv4: [
    [3, 0, 'unreachable', 'ENETUNREACH', 'network reported unreachable'],
    [3, 1, 'unreachable', 'EHOSTUNREACH', 'host reported unreachable'],
    [3, 2, 'unreachable', 'ENOPROTOOPT', 'protocol reported unreachable'],
    [3, 3, 'rejected', 'ECONNREFUSED', 'port reported unreachable'],
    [3, 5, 'unreachable', 'EOPNOTSUPP', 'source route reported as failed'],
    [3, 6, 'unreachable', 'ENETUNREACH', 'destination network reported unknown'],
    [3, 7, 'unreachable', 'EHOSTDOWN', 'destination host reported unknown'],
    [3, 8, 'unreachable', 'ENONET', 'source host reported isolated'],
    [3, 9, 'rejected', 'ENETUNREACH', 'network administratively prohibited'],
    [3, 10, 'rejected', 'EHOSTUNREACH', 'host administratively prohibited'],
    [3, 11, 'unreachable', 'ENETUNREACH', 'network reported unreachable for this type of service'],
    [3, 12, 'unreachable', 'EHOSTUNREACH', 'host reported unreachable for this type of service'],
    [3, 13, 'rejected', 'EHOSTUNREACH', 'communication administratively prohibited'],
    [3, 14, 'rejected', 'EHOSTUNREACH', 'host precedence violation reported'],
    [3, 15, 'rejected', 'EHOSTUNREACH', 'precedence cut off'],
    [11, 0, 'unreachable', 'EHOSTUNREACH', 'time to live reported as exceeded'],
    [12, 0, 'unreachable', 'EPROTO', 'parameter problem reported'],
  ],
  ipv6: [
    [1, 0, 'unreachable', 'ENETUNREACH', 'no route to the destination reported'],
    [1, 1, 'rejected', 'EACCES', 'communication administratively prohibited'],
    [1, 2, 'unreachable', 'EHOSTUNREACH', 'destination reported beyond the scope of the source address'],
    [1, 3, 'unreachable', 'EHOSTUNREACH', 'address reported unreachable'],
    [1, 4, 'rejected', 'ECONNREFUSED', 'port reported unreachable'],
    [1, 5, 'rejected', 'EACCES', 'source address failed the ingress or egress policy'],
    [1, 6, 'rejected', 'EACCES', 'route to the destination rejected'],
    [3, 0, 'unreachable', 'EHOSTUNREACH', 'hop limit reported as exceeded'],
    [4, 0, 'unreachable', 'EPROTO', 'parameter problem reported'],
    [4, 1, 'unreachable', 'EPROTO', 'parameter problem reported'],
  ],
};

/** What the kernel acts upon by itself: a path's MTU, a source to be quenched, a lost fragment. The connect goes on. */
const IGNORED = {
  ipv4: [
    [3, 4],
    [4, 0],
    [11, 1],
  ],
  ipv6: [[2, 0]],
} as const;

labTest('ICMP errors become a cause with type, code and sender', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);

  for (const family of ['ipv4', 'ipv6'] as const) {
    const rows = TABLE[family];
    const address = lab.target[family];
    for (const [sender, from] of [
      ['the target', address],
      ['a router', lab.router[family]],
    ] as const) {
      await t.test(`${family}: every error from ${sender}`, async (t) => {
        for (const [index, [type, code]] of rows.entries()) {
          await lab.on({ address, port: 1000 + index }, { answer: 'icmp', type, code, from });
        }
        const asks = rows.map((_, index) => ({ target: targetAt(address, 1000 + index) }));
        const results = await reachd.results(...asks);
        for (const [index, [type, code, outcome, errno, words]] of rows.entries()) {
          const result = results[index];
          const cause = { layer: 'icmp', code: errno, message: `${words} by ${from}`, icmp: { type, code, from } };
          const expected = { outcome, ok: false, address, cause };
          t.strictSame(
            { outcome: result?.outcome, ok: result?.ok, address: result?.address, cause: result?.cause },
            expected,
            `type ${type} code ${code} is ${outcome}`,
          );
          t.match(result?.attempts, [{ outcome, rttMs: null, synRetransmits: 0 }]);
        }
      });
    }

    await t.test(`${family}: errors that concern only the path do not end an attempt`, async (t) => {
      const asks = [];
      for (const [type, code] of IGNORED[family]) {
        await lab.on({ address, port: 2000 + type }, { answer: 'icmp', type, code });
        asks.push({ target: targetAt(address, 2000 + type), timeoutMs: 300 });
      }
      for (const { outcome } of await reachd.results(...asks)) t.equal(outcome, 'timeout');
    });
  }

  t.strictSame(await reachd.unexpected(), [], 'the table foresaw every errno');
});
