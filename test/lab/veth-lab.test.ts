// The veth pair: a real kernel's firewall says no in each of its ways.
import { labTest } from '../support/lab/availability.ts';
import type { DialerMethods } from '../support/lab/dialer.ts';
import { ICMPV6_REJECTIONS, ICMP_REJECTIONS, VethLab, type Verdict } from '../support/lab/veth-lab.ts';

/** What a plain connect(2) makes of each verdict, by family; ICMP of the other family leaves the port open. */
const ERRNO: Readonly<Record<string, string>> = {
  'tcp reset': 'ECONNREFUSED',
  'icmp net-unreachable': 'ENETUNREACH',
  'icmp host-unreachable': 'EHOSTUNREACH',
  'icmp prot-unreachable': 'ENOPROTOOPT',
  'icmp port-unreachable': 'ECONNREFUSED',
  'icmp net-prohibited': 'ENETUNREACH',
  'icmp host-prohibited': 'EHOSTUNREACH',
  'icmp admin-prohibited': 'EHOSTUNREACH',
  'icmpv6 no-route': 'ENETUNREACH',
  'icmpv6 admin-prohibited': 'EACCES',
  'icmpv6 addr-unreachable': 'EHOSTUNREACH',
  'icmpv6 port-unreachable': 'ECONNREFUSED',
  'icmpv6 policy-fail': 'EACCES',
  'icmpv6 reject-route': 'EACCES',
};

labTest('a host behind a veth pair opens, drops and rejects', async (t) => {
  const lab = await VethLab.create();
  t.teardown(() => lab.close());
  const agent = await lab.agent<DialerMethods>(new URL('../support/lab/dialer.ts', import.meta.url));
  const { ipv4, ipv6 } = lab.target;

  await t.test('a listener is open for both families', async (t) => {
    await lab.listen(80);
    t.equal((await agent.call('dial', ipv4, 80)).outcome, 'open');
    t.equal((await agent.call('dial', ipv6, 80)).outcome, 'open');
    t.equal(await lab.accepted(80), 2);
  });

  await t.test('a port without a listener is refused', async (t) => {
    t.equal((await agent.call('dial', ipv4, 81)).outcome, 'ECONNREFUSED');
    t.equal((await agent.call('dial', ipv6, 81)).outcome, 'ECONNREFUSED');
  });

  await t.test('DROP is silence', async (t) => {
    await lab.filter(82, 'drop');
    t.equal((await agent.call('dial', ipv4, 82, { timeoutMs: 100 })).outcome, 'timeout');
    t.equal((await agent.call('dial', ipv6, 82, { timeoutMs: 100 })).outcome, 'timeout');
  });

  const verdicts: Verdict[] = [
    'tcp reset',
    ...ICMP_REJECTIONS.map((reason) => `icmp ${reason}` as const),
    ...ICMPV6_REJECTIONS.map((reason) => `icmpv6 ${reason}` as const),
  ];
  for (const [index, verdict] of verdicts.entries()) {
    await t.test(`REJECT with ${verdict} is ${ERRNO[verdict] ?? '?'}`, async (t) => {
      const port = 100 + index;
      await lab.listen(port);
      await lab.filter(port, verdict);
      const seen = async (host: string): Promise<string> => (await agent.call('dial', host, port)).outcome;
      t.equal(await seen(ipv4), verdict.startsWith('icmpv6') ? 'open' : ERRNO[verdict]);
      t.equal(await seen(ipv6), verdict.startsWith('icmp ') ? 'open' : ERRNO[verdict]);
    });
  }

  await t.test('a neighbour that is not there is EHOSTUNREACH once the kernel gives up', async (t) => {
    const both = [lab.nobody.ipv4, lab.nobody.ipv6].map((host) => agent.call('dial', host, 80, { timeoutMs: 6000 }));
    for (const { outcome, ms } of await Promise.all(both)) {
      t.equal(outcome, 'EHOSTUNREACH');
      t.ok(ms > 2000 && ms < 5000, `${ms} ms`);
    }
  });
});
