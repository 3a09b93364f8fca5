// IPv6 addresses that carry an IPv4 address: mapped ones, which the kernel takes for that, and NAT64, which leaves the host.
import fc from 'fast-check';
import t from 'tap';
import { parseAddress } from '../../src/net/address.ts';
import { buildPolicy } from '../../src/policy/address-policy.ts';
import type { AddressPolicy } from '../../src/policy/address-policy.ts';
import { PRESETS } from '../../src/policy/rules.ts';
import type { PolicyOptions, Verdict } from '../../src/policy/rules.ts';

const OUTWARD = { address: '0.0.0.0', port: 8080, loopback: false, ownAddresses: ['10.0.0.5'] };
const INWARD = { address: '127.0.0.1', port: 8080, loopback: true, ownAddresses: ['10.0.0.5'] };

function policy(options: Partial<PolicyOptions> = {}): AddressPolicy {
  const nothing = { allowCidrs: [], denyCidrs: [], allowPorts: [] };
  return buildPolicy({ preset: 'cluster', ...nothing, listening: OUTWARD, ...options });
}

function judge(policy: AddressPolicy, text: string, port = 443, local = false): Verdict {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is not an address`);
  return policy.judge(address, port, { local });
}

function ruleOf(policy: AddressPolicy, text: string, port?: number, local?: boolean): string {
  const { allowed, rule } = judge(policy, text, port, local);
  return `${allowed ? 'allowed' : 'denied'} by ${rule}`;
}

/** First and last of each block that stays on its host or link. */
const NEVER_CARRIED = [
  ...['0.0.0.0', '0.255.255.255', '127.0.0.0', '127.0.0.1', '127.255.255.255', '169.254.0.0', '169.254.255.255'],
  ...['224.0.0.0', '239.255.255.255', '240.0.0.0', '255.255.255.254', '255.255.255.255'],
];
const BESIDE_THEM = ['1.0.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '223.255.255.255'];

t.test('a mapped loopback address is loopback; the same in NAT64 is never checked, whatever is allowed', (t) => {
  const everything = ['0.0.0.0/0', '::/0', '127.0.0.0/8', '64:ff9b::/32'];
  const generous: readonly Partial<PolicyOptions>[] = [
    { listening: INWARD },
    { allowCidrs: everything },
    { listening: INWARD, allowCidrs: everything, allowPorts: ['443'] },
    ...PRESETS.map((preset) => ({ preset, listening: INWARD, allowCidrs: everything })),
  ];
  for (const options of generous) {
    const judged = policy(options);
    t.ok(judge(judged, '127.0.0.1', 443, true).allowed);
    t.same(judge(judged, '::ffff:127.0.0.1', 443, true), judge(judged, '127.0.0.1', 443, true));
    for (const text of NEVER_CARRIED) t.equal(ruleOf(judged, `64:ff9b::${text}`, 443, true), 'denied by nat64', text);
    for (const text of BESIDE_THEM) t.ok(judge(judged, `64:ff9b::${text}`, 443, true).allowed, text);
  }
  t.end();
});

t.test('the rule of a NAT64 address names no setting that could not help', (t) => {
  for (const options of [{}, { listening: INWARD }, { preset: 'allowlist' as const }, { allowPorts: ['80'] }]) {
    const verdict = judge(policy(options), '64:ff9b::127.0.0.1', 8080);
    t.match(verdict, { allowed: false, rule: 'nat64', reason: /NAT64/ }, JSON.stringify(options));
  }
  t.end();
});

t.test('NAT64 is else judged as what it carries, and DENY_CIDRS can close the way itself', (t) => {
  t.equal(ruleOf(policy(), '64:ff9b::10.0.0.1'), 'allowed by private');
  t.equal(ruleOf(policy(), '64:ff9b::10.0.0.5', 8080), 'denied by own-endpoint');
  t.equal(ruleOf(policy({ preset: 'public-only' }), '64:ff9b::10.0.0.1'), 'denied by private');
  t.equal(ruleOf(policy({ allowCidrs: ['::/0'], preset: 'allowlist' }), '64:ff9b::10.0.0.1'), 'denied by allowlist');
  const closed = policy({ denyCidrs: ['64:ff9b::/96'], allowCidrs: ['10.0.0.0/8'] });
  t.equal(ruleOf(closed, '64:ff9b::10.0.0.1'), 'denied by deny-cidrs');
  t.equal(ruleOf(closed, '64:ff9b::169.254.169.254'), 'denied by metadata');
  t.equal(ruleOf(closed, '64:ff9b::127.0.0.1'), 'denied by nat64');
  t.equal(ruleOf(closed, '10.0.0.1'), 'allowed by allow-cidrs');
  t.equal(ruleOf(policy(), '64:ff9b:0:0:0:1:a00:1'), 'denied by unallocated', 'just outside of the prefix');
  t.equal(ruleOf(policy({ listening: INWARD }), '64:ff9b:1::127.0.0.1'), 'denied by transition', 'local-use NAT64');
  t.end();
});

t.test('an IPv4 address and its mapped form get one verdict, and its NAT64 form the same or none', (t) => {
  const lists = { allowCidrs: ['198.18.0.0/16'], denyCidrs: ['10.0.0.0/9'] };
  const policies = PRESETS.flatMap((preset) => [
    policy({ preset, ...lists }),
    policy({ preset, ...lists, listening: INWARD }),
  ]);
  const quad = fc.tuple(
    fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 255),
    fc.oneof(fc.constant(254), fc.nat(255)),
    fc.nat(255),
    fc.nat(255),
  );
  fc.assert(
    fc.property(quad, fc.constantFrom(443, 8080), (octets, port) => {
      const text = octets.join('.');
      const [first, second] = octets;
      const staysHere = [0, 127].includes(first) || first >= 224 || (first === 169 && second === 254);
      return policies.every((judged) => {
        const verdict = judge(judged, text, port);
        const translated = judge(judged, `64:ff9b::${text}`, port);
        const expected = staysHere && verdict.rule !== 'metadata' ? 'nat64' : verdict.rule;
        return judge(judged, `::ffff:${text}`, port) === verdict && translated.rule === expected;
      });
    }),
    { numRuns: 3000 },
  );
  t.end();
});

t.test('the description says how they are judged, and lists no carrier as denied', (t) => {
  for (const preset of PRESETS) {
    const { carriers, rules } = policy({ preset }).description;
    t.same(
      carriers.map(({ name, block }) => [name, block]),
      [
        ['ipv4-mapped', '::ffff:0:0/96'],
        ['nat64', '64:ff9b::/96'],
      ],
    );
    const listed = rules.flatMap(({ blocks }) => blocks);
    for (const { block, judgedAs } of carriers) {
      t.match(judgedAs, /^the IPv4 address that it carries/);
      t.notOk(listed.includes(block), block);
    }
    t.match(rules[1], { rule: 'nat64', allowed: false, blocks: ['64:ff9b::/104', '64:ff9b::7f00:0/104'] });
  }
  t.end();
});
