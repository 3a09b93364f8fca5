// The service itself, in a network namespace, under strace: whatever it is asked, no denied address reaches connect(2),
// no invalid host reaches DNS, and a name is resolved once.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { CheckReply, CheckResult } from '../../src/check/result.ts';
import { METADATA_4, METADATA_6 } from '../support/metadata-documents.ts';
import type { FetchMethods, Fetched } from '../support/fetch-agent.ts';
import { labTest, labUnavailable } from '../support/lab/availability.ts';
import { Dns, RESOLV_CONF } from '../support/lab/dns.ts';
import type { DnsTable } from '../support/lab/dns-table.ts';
import { Namespace } from '../support/lab/namespace.ts';
import { Service } from '../support/service.ts';
import { connectsDuring } from '../support/trace.ts';

const PORT = 8099;
const METADATA = '169.254.169.254';

/** Not a host at all: 400, and nobody is asked about it. */
const INVALID = [
  ...[
    '127.1',
    '127.0.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '127.0.0.1.',
    '00.0.0.0',
  ],
  ...['１２７.０.０.１', '①②⑦.⓪.⓪.①', '127。0。0。1', '169.254.169.254.', '169.16689662', '0xa9fea9fe', '2852039166'],
  ...[
    '127.0.0.1\0.lab',
    'good.lab\0',
    '\0',
    'good.lab\n',
    'good.lab\r\nhost: x',
    'a b.lab',
    '\tgood.lab',
    'good.lab ',
    '',
  ],
  ...[
    'root@good.lab',
    'good.lab/',
    'good.lab?x',
    'good.lab#x',
    'good%2elab',
    '%67ood.lab',
    'good.lab:80',
    'good..lab',
    '.lab',
  ],
  ...[
    '[::1]',
    '::1%lo',
    'fe80::1%1',
    '::ffff:127.1',
    '1::2::3',
    '12345::',
    ':::',
    '::1/128',
    'x'.repeat(64),
    '*.lab',
    'gööd.lab',
  ],
  ...[
    'xn--a',
    'xn--good-.lab',
    'lab.0x',
    'lab.1',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '+1',
    '0x',
    `${'a.'.repeat(127)}a`,
  ],
];
/** Addresses that the policy denies, in every spelling that is one. */
const DENIED = [
  ...[...METADATA_4, ...METADATA_6],
  ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:169.254.169.254', '64:ff9b::169.254.169.254'],
  ...['64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::0.0.0.0', '64:ff9b:1::127.0.0.1'],
  ...['64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', '2001:0:a9fe:a9fe::', '::169.254.169.254', '0.0.0.0', '::', '0.1.2.3'],
  ...[
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    'ff02::1',
    'fe80::1',
    'fec0::1',
    '2001:db8::1',
  ],
];
/** Names that lead to a denied address, alone or beside others. */
const TRAPS: DnsTable = {
  'meta.lab': { addresses: [METADATA] },
  'mixed.lab': { addresses: ['127.0.0.1', METADATA] },
  'six.lab': { addresses: ['::1', 'fd00:ec2::254'] },
  'mapped.lab': { addresses: ['::ffff:169.254.169.254'] },
  'zero.lab': { addresses: ['0.0.0.0'] },
  'many.lab': { addresses: ['127.0.0.1', '127.0.0.2', '224.0.0.1'] },
};
const ALLOWED: DnsTable = { 'good.lab': { addresses: ['127.0.0.1'] }, 'upper.lab': { addresses: ['127.0.0.1'] } };
const REBINDING: DnsTable = { 'rebind.lab': [{ addresses: ['127.0.0.1'] }, { addresses: [METADATA] }] };

interface Setting {
  readonly pid: number;
  readonly dns: Dns;
  readonly file: string;
  readonly ask: (targets: readonly unknown[], options?: object) => Promise<Fetched>;
}

/** The service in a namespace of its own, whose only name server is the test's. */
async function serviceInLab(t: Test): Promise<Setting> {
  const namespace = await Namespace.create({ 'resolv.conf': RESOLV_CONF, hosts: '127.0.0.1 localhost\n' });
  t.teardown(() => namespace.close());
  const dns = await Dns.start(namespace, { ...TRAPS, ...ALLOWED, ...REBINDING });
  const within = ['ip', 'netns', 'exec', namespace.name];
  const service = new Service(t, { within, env: { PORT: String(PORT), LOG_LEVEL: 'info' } });
  const url = await service.listening();
  const caller = await namespace.start<FetchMethods>(new URL('../support/fetch-agent.ts', import.meta.url), {
    isMeasured: false,
  });
  const ask = (targets: readonly unknown[], options: object = {}) =>
    caller.call('post', `${url}/check`, { targets, timeoutMs: 2000, ...options });
  return { pid: service.child.pid ?? 0, dns, file: join(t.testdir({}), 'trace'), ask };
}

const straceMissing = spawnSync('strace', ['-V']).status === 0 ? false : 'there is no strace';
const unavailable = labUnavailable() === false ? straceMissing : labUnavailable();

function resultsOf({ body }: Fetched): readonly CheckResult[] {
  return (body as CheckReply).results;
}

labTest(
  'whatever is asked, no denied address reaches connect(2) and no invalid host reaches DNS',
  async (t) => {
    t.setTimeout(120_000);
    const { pid, dns, file, ask } = await serviceInLab(t);
    const connects = await connectsDuring(pid, file, async () => {
      for (const host of INVALID) {
        const asText = JSON.stringify(host);
        t.equal((await ask([{ host, port: PORT }])).status, 400, `host ${asText}`);
        t.equal((await ask([`${host}:${PORT}`])).status, host === '[::1]' ? 200 : 400, asText);
      }
      const denied = [...DENIED, ...Object.keys(TRAPS)];
      const reply = await ask(denied.map((host) => ({ host, port: 80 })));
      for (const { target, outcome, address, attempts } of resultsOf(reply)) {
        t.same({ outcome, address, attempts }, { outcome: 'denied', address: null, attempts: [] }, target);
      }
      const good = resultsOf(await ask([`127.0.0.1:${PORT}`, `good.lab:${PORT}`, `UPPER.lab.:${PORT}`]));
      t.same(
        good.map(({ outcome }) => outcome),
        ['open', 'open', 'open'],
      );
    });
    const reached = new Set(connects.map(({ address }) => address));
    t.same([...reached].sort(), ['127.0.0.1', '::1'], 'what was connected to');
    t.ok(connects.length >= 4, `${connects.length} connects were seen at all`);
    t.same(Object.keys(await dns.counts()).sort(), [...Object.keys(TRAPS), ...Object.keys(ALLOWED)].sort());
  },
  unavailable,
);

labTest(
  'a name that answers with an allowed address first and metadata second is resolved once and never followed',
  async (t) => {
    t.setTimeout(120_000);
    const { pid, dns, file, ask } = await serviceInLab(t);
    const connects = await connectsDuring(pid, file, async () => {
      const target = `rebind.lab:${PORT}`;
      const rounds = resultsOf(await ask([target], { count: 3, intervalMs: 10 }));
      t.match(rounds, [{ outcome: 'open', address: '127.0.0.1', stats: { sent: 3, open: 3 } }]);
      t.same((await dns.counts())['rebind.lab'], { A: 1, AAAA: 1 }, 'one resolution, of both families');
      // Until reachd asks for the name again, and gets the other answer.
      let later: readonly CheckResult[] = [];
      for (let i = 0; i < 200 && later[0]?.outcome !== 'denied'; i++) {
        await sleep(100);
        later = resultsOf(await ask([target]));
      }
      t.match(later, [{ outcome: 'denied', cause: { layer: 'policy', code: 'metadata' } }]);
      t.same(later[0]?.dns?.addresses, []);
    });
    t.ok(connects.length >= 3);
    t.same([...new Set(connects.map(({ address }) => address))], ['127.0.0.1']);
  },
  unavailable,
);
