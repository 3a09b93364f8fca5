// ICMP needs a far side that sends it: the packet lab.
import { constants } from 'node:os';
import t, { type Test } from 'tap';
import { EPOLLERR } from '../../native-bindings/linux.ts';
import { parseAddress } from '../../src/net/address.ts';
import type { IcmpAgentMethods, Seen } from '../support/icmp-agent.ts';
import { labTest } from '../support/lab/availability.ts';
import type { Child } from '../support/lab/child.ts';
import { Lab } from '../support/lab/lab.ts';

const AGENT = new URL('../support/icmp-agent.ts', import.meta.url);
const { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EACCES, ENOPROTOOPT } = constants.errno;

t.jobs = 1;

/** RFC 792 and RFC 4443 errors, and the errno that the kernel makes of each. */
const TABLE = [
  ['port unreachable', 4, 3, 3, ECONNREFUSED],
  ['network unreachable', 4, 3, 0, ENETUNREACH],
  ['host unreachable', 4, 3, 1, EHOSTUNREACH],
  ['protocol unreachable', 4, 3, 2, ENOPROTOOPT],
  ['administratively prohibited', 4, 3, 13, EHOSTUNREACH],
  ['no route', 6, 1, 0, ENETUNREACH],
  ['prohibited', 6, 1, 1, EACCES],
  ['port unreachable', 6, 1, 4, ECONNREFUSED],
] as const;

labTest('the error queue says which ICMP message ended a connect, and who sent it', async (t) => {
  const { lab, agent } = await open(t);
  for (const [name, family, type, code, errno] of TABLE) {
    const [target, router] = family === 4 ? [lab.target.ipv4, lab.router.ipv4] : [lab.target.ipv6, lab.router.ipv6];
    for (const [sender, from] of [
      ['the target', target],
      ['a router', router],
    ] as const) {
      await t.test(`IPv${family} ${type}/${code}, ${name}, from ${sender}`, async (t) => {
        await lab.on(80, { answer: 'icmp', type, code, from });
        const seen: Seen = await agent.call('connect', target, 80);
        const bytes = [...(parseAddress(from)?.bytes ?? [])];
        t.same(seen.icmp, [{ errno, type, code, fromFamily: family, from: bytes }]);
        t.match(seen, { errno, segsIn: 0 });
        t.ok(seen.events & EPOLLERR, 'and EPOLLERR is up');
      });
    }
  }
});

labTest('without an ICMP message the queue is empty', async (t) => {
  const { lab, agent } = await open(t);
  await lab.on(81, { answer: 'rst' });
  await lab.on(82, { answer: 'syn-ack' });
  for (const port of [81, 82, 83]) {
    for (const target of [lab.target.ipv4, lab.target.ipv6]) {
      const { icmp } = await agent.call('connect', target, port, 50);
      t.same(icmp, [], `${target} ${port}`);
    }
  }
});

labTest('an ICMP error over an established connection leaves nothing for the next connect of its socket', async (t) => {
  const { lab, agent } = await open(t);
  await lab.on(80, { answer: 'syn-ack' });
  // The ACK of the handshake is what the ICMP message is about, so the connection is established by then.
  const rule = 'tcp dport 80 tcp flags & (syn | ack | rst) == ack reject with icmp type admin-prohibited';
  const table = `table ip t {
 chain c {
 type filter hook output priority 0;
 ${rule}
 }
}
`;
  await lab.namespace.run('nft', ['-f', '-'], table);
  const { first, second } = await agent.call('reuse', lab.target.ipv4, 80, 83);
  t.ok(first, 'the error came');
  t.match(second, { state: 2, errno: 0, icmp: [] });
  t.notOk(second.events & EPOLLERR);
});

async function open(t: Test): Promise<{ lab: Lab; agent: Child<IcmpAgentMethods> }> {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  return { lab, agent: await lab.agent<IcmpAgentMethods>(AGENT) };
}
