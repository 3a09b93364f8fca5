import t from 'tap';
import { buildPolicy } from '../../src/policy/address-policy.ts';
import { parseAddress, parseCidr } from '../../src/net/address.ts';
import { PRESETS } from '../../src/policy/rules.ts';
import type { PolicyOptions, Preset } from '../../src/policy/rules.ts';

const OPTIONS: PolicyOptions = {
  preset: 'cluster',
  allowCidrs: ['10.1.0.0/16'],
  denyCidrs: ['10.0.0.0/8', 'FD00::/8'],
  allowPorts: ['443', '8000-8999'],
  listening: { address: '10.0.0.5', port: 8080, loopback: false, ownAddresses: [] },
};

const PORTS = 'is neither a port from 1 to 65535 nor a range of them, such as 8000-8999';
const CARRIED = 'carries IPv4 addresses, which are judged as such: list their IPv4 block';

const MISTAKES: readonly (readonly [option: Partial<PolicyOptions>, message: string])[] = [
  [{ allowCidrs: ['10.0.0.0/8', '10.0.0.1/8'] }, 'ALLOW_CIDRS: "10.0.0.1/8" has host bits set: write 10.0.0.0/8'],
  [
    { allowCidrs: ['10.0.0.1'] },
    'ALLOW_CIDRS: "10.0.0.1" has no prefix length: write 10.0.0.1/32 for this one address',
  ],
  [{ allowCidrs: ['169.254.169.254/32'] }, 'ALLOW_CIDRS: "169.254.169.254/32" is a metadata address and never allowed'],
  [
    { allowCidrs: ['FD00:EC2:0::254/128'] },
    'ALLOW_CIDRS: "FD00:EC2:0::254/128" is a metadata address and never allowed',
  ],
  [{ allowCidrs: ['::ffff:10.0.0.0/104'] }, `ALLOW_CIDRS: "::ffff:10.0.0.0/104" ${CARRIED}`],
  [{ allowCidrs: ['64:ff9b::/96'] }, `ALLOW_CIDRS: "64:ff9b::/96" ${CARRIED}`],
  [{ denyCidrs: ['::ffff:0:0/96'] }, `DENY_CIDRS: "::ffff:0:0/96" ${CARRIED}`],
  [
    { denyCidrs: ['db.internal'] },
    'DENY_CIDRS: "db.internal" is not an IPv4 or IPv6 address with a prefix length, such as 10.0.0.0/8',
  ],
  [
    { denyCidrs: ['10.0.0.0/8\n10.1.0.0/16'] },
    'DENY_CIDRS: "10.0.0.0/8\\n10.1.0.0/16" has a prefix length that is not an integer from 0 to 32',
  ],
  [{ denyCidrs: ['10.0.0.0/33'] }, 'DENY_CIDRS: "10.0.0.0/33" has a prefix length that is not an integer from 0 to 32'],
  ...['0', '65536', '080', '9-8', '1-65536', '1-', '-1', '1-2-3', '', ' 80', '80x', '1e2'].map(
    (text) => [{ allowPorts: ['80', text] }, `ALLOW_PORTS: "${text}" ${PORTS}`] as const,
  ),
];
for (const [option, message] of MISTAKES) {
  t.test(message, (t) => {
    t.throws(() => buildPolicy({ ...OPTIONS, ...option }), new Error(message));
    t.end();
  });
}

t.test('a block that contains carriers, or lies beside them, is no mistake', (t) => {
  for (const text of [
    '::/0',
    '::/80',
    '64:ff9b::/32',
    '64:ff9b::/95',
    '::fffe:0:0/95',
    '64:ff9b::1:0:0/112',
    '64:ff9b:1::/48',
    '::fffe:0:0/96',
  ]) {
    t.doesNotThrow(() => buildPolicy({ ...OPTIONS, allowCidrs: [text], denyCidrs: [text] }), text);
  }
  t.doesNotThrow(() => buildPolicy({ ...OPTIONS, denyCidrs: ['64:ff9b::/96'] }));
  t.end();
});

t.test('the description is JSON, and names the rules in order of precedence', (t) => {
  const { description } = buildPolicy(OPTIONS);
  t.same(JSON.parse(JSON.stringify(description)), description);
  t.match(description, { preset: 'cluster', registriesAsOf: /^\d{4}-\d\d-\d\d$/, allowPorts: ['443', '8000-8999'] });
  const names = description.rules.map(({ rule }) => rule);
  t.same(names.slice(0, 5), ['metadata', 'nat64', 'own-endpoint', 'allow-cidrs', 'deny-cidrs']);
  t.equal(new Set(names).size, names.length, 'each rule once');
  t.same(description.rules.find(({ rule }) => rule === 'deny-cidrs')?.blocks, ['10.0.0.0/8', 'fd00::/8']);
  const allowed = description.rules.filter((rule) => rule.allowed).map(({ rule }) => rule);
  t.same(allowed, ['allow-cidrs', 'public', 'private', 'shared', 'unique-local']);
  for (const rule of description.rules) t.equal('reason' in rule, !rule.allowed, rule.rule);
  t.end();
});

t.test('the description of a preset is what it judges by', (t) => {
  for (const preset of PRESETS) {
    const { judge, description } = buildPolicy({ ...OPTIONS, preset, allowCidrs: [], denyCidrs: [], allowPorts: [] });
    const told = new Map(description.rules.flatMap(({ rule, blocks }) => blocks.map((block) => [block, rule])));
    for (const [block, rule] of told) {
      // The first address of a block is its own, unless a narrower one starts there too.
      const cidr = parseCidr(block);
      const first = typeof cidr === 'string' ? null : parseAddress(cidr.address.text);
      if (first === null) throw new Error(`${block}: no block`);
      const narrower = [...told.keys()].filter((other) => other.startsWith(`${first.text}/`)).length > 1;
      if (narrower || rule === 'own-endpoint') continue;
      t.equal(judge(first, 443).rule, rule, `${preset} ${block}`);
    }
  }
  t.end();
});

t.test('an entry of DENY_CIDRS inside a block of ALLOW_CIDRS is told, for it denies nothing', (t) => {
  const rows: readonly (readonly [allow: string[], deny: string[], overruled: readonly (readonly string[])[]])[] = [
    [[], ['10.0.0.0/8'], []],
    [['10.1.0.0/16'], ['10.0.0.0/8'], []],
    [['10.0.0.0/8'], ['10.1.0.0/16'], [['10.1.0.0/16', '10.0.0.0/8']]],
    [['10.0.0.0/8'], ['10.0.0.0/8'], [['10.0.0.0/8', '10.0.0.0/8']]],
    [['10.0.0.0/8'], ['9.255.0.0/16', '11.0.0.0/16', 'a00::/16'], []],
    [['::/0'], ['10.0.0.0/8', 'fd00::/8'], [['fd00::/8', '::/0']]],
    [['0.0.0.0/0', '::/0'], ['64:ff9b::/96', '64:ff9b::/32', '64:ff9b::a00:0/104'], []],
    [
      ['192.168.0.0/16', '10.0.0.0/8'],
      ['10.1.0.0/16', '172.16.0.0/12', '192.168.0.1/32'],
      [
        ['10.1.0.0/16', '10.0.0.0/8'],
        ['192.168.0.1/32', '192.168.0.0/16'],
      ],
    ],
  ];
  for (const [allowCidrs, denyCidrs, expected] of rows) {
    const { overruled } = buildPolicy({ ...OPTIONS, allowCidrs, denyCidrs });
    t.same(
      overruled,
      expected.map(([denyCidr, allowCidr]) => ({ denyCidr, allowCidr })),
      JSON.stringify([allowCidrs, denyCidrs]),
    );
  }
  t.end();
});

t.test('a block of ALLOW_CIDRS that allows nothing more is told from one that does', (t) => {
  const rows: readonly (readonly [preset: Preset, allow: string, deny: string[], isIdle: boolean])[] = [
    ['cluster', '10.0.0.0/8', [], true],
    ['cluster', '10.1.2.3/32', [], true],
    ['cluster', '8.8.8.0/24', [], true],
    ['cluster', 'fd00::/8', [], true],
    ['cluster', '198.18.0.0/15', [], false],
    ['cluster', '0.0.0.0/0', [], false],
    ['cluster', '192.0.0.0/16', [], false],
    ['cluster', '10.0.0.0/8', ['10.1.0.0/16'], false],
    ['cluster', '10.1.0.0/16', ['10.0.0.0/8'], false],
    ['public-only', '10.0.0.0/8', [], false],
    ['public-only', '8.8.8.0/24', [], true],
    ['allowlist', '10.0.0.0/8', [], false],
    ['allowlist', '::/0', [], false],
  ];
  for (const [preset, block, denyCidrs, isIdle] of rows) {
    const { idle } = buildPolicy({ ...OPTIONS, preset, allowCidrs: [block], denyCidrs });
    t.same(idle, isIdle ? [block] : [], `${preset} ${block} ${denyCidrs.join()}`);
  }
  t.end();
});
