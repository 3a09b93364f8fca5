import fc from 'fast-check';
import t from 'tap';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import type { Address } from '../../src/net/address.ts';
import { buildPolicy } from '../../src/policy/address-policy.ts';
import type { AddressPolicy } from '../../src/policy/address-policy.ts';
import { PRESETS } from '../../src/policy/rules.ts';
import type { PolicyOptions } from '../../src/policy/rules.ts';

const OUTWARD = { address: '0.0.0.0', port: 8080, loopback: false, ownAddresses: ['10.0.0.5', 'fd00::5'] };
const INWARD = { address: '127.0.0.1', port: 8080, loopback: true, ownAddresses: ['10.0.0.5'] };
const LOCAL = { local: true };

function policy(options: Partial<PolicyOptions> = {}): AddressPolicy {
  return buildPolicy({
    preset: 'cluster',
    allowCidrs: [],
    denyCidrs: [],
    allowPorts: [],
    listening: OUTWARD,
    ...options,
  });
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`${text} is not an address`);
  return parsed;
}

function ruleOf({ judge }: AddressPolicy, text: string, port = 443, caller = { local: false }): string {
  const { allowed, rule } = judge(address(text), port, caller);
  return `${allowed ? 'allowed' : 'denied'} by ${rule}`;
}

t.test('the neighbours of metadata addresses are judged like their block', (t) => {
  t.equal(ruleOf(policy({ allowCidrs: ['169.254.0.0/16'] }), '169.254.169.253'), 'allowed by allow-cidrs');
  t.equal(ruleOf(policy(), 'fd00:ec2::255'), 'allowed by unique-local');
  t.equal(ruleOf(policy(), '168.63.129.17'), 'allowed by public');
  t.end();
});

t.test('ALLOW_CIDRS goes before DENY_CIDRS, and both before the preset', (t) => {
  const lists = {
    allowCidrs: ['10.1.0.0/16', '198.18.0.0/15', '127.0.0.1/32'],
    denyCidrs: ['10.0.0.0/8', '2001:db8::/32', 'fd00::/8'],
  };
  const judged = policy(lists);
  t.equal(ruleOf(judged, '10.1.2.3'), 'allowed by allow-cidrs');
  t.equal(ruleOf(judged, '::ffff:10.1.2.3'), 'allowed by allow-cidrs');
  t.equal(ruleOf(judged, '10.2.0.0'), 'denied by deny-cidrs');
  t.equal(ruleOf(judged, '::ffff:10.2.0.0'), 'denied by deny-cidrs');
  t.equal(ruleOf(judged, 'fd00::1'), 'denied by deny-cidrs');
  t.equal(ruleOf(judged, '198.18.0.1'), 'allowed by allow-cidrs', 'what the preset denies');
  t.equal(ruleOf(judged, '127.0.0.1'), 'allowed by allow-cidrs', 'a container of the same pod, by name of its address');
  t.equal(ruleOf(judged, '127.0.0.2'), 'denied by loopback');
  t.equal(ruleOf(judged, '192.168.0.1'), 'allowed by private');
  const listed = policy({ ...lists, preset: 'allowlist' });
  t.equal(ruleOf(listed, '10.1.2.3'), 'allowed by allow-cidrs');
  t.equal(ruleOf(listed, '10.2.0.0'), 'denied by deny-cidrs');
  t.equal(ruleOf(listed, '192.168.0.1'), 'denied by allowlist');
  t.end();
});

t.test('loopback is allowed only while listening on loopback, and only by the cluster preset', (t) => {
  for (const text of ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1']) {
    t.equal(ruleOf(policy({ listening: INWARD }), text), 'allowed by loopback', text);
    t.equal(ruleOf(policy(), text), 'denied by loopback', text);
    t.equal(ruleOf(policy({ preset: 'public-only', listening: INWARD }), text), 'denied by loopback', text);
    t.equal(ruleOf(policy({ preset: 'allowlist', listening: INWARD }), text), 'denied by allowlist', text);
  }
  t.equal(ruleOf(policy({ listening: INWARD }), '0.0.0.0'), 'denied by unspecified');
  t.end();
});

t.test('reachd does not call itself for a caller that is not local', (t) => {
  const judged = policy({ allowCidrs: ['0.0.0.0/0', '::/0'] });
  const own = [
    '10.0.0.5',
    'fd00::5',
    '::ffff:10.0.0.5',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0.0.0.0',
    '::',
    '64:ff9b::10.0.0.5',
  ];
  for (const text of own) {
    t.equal(ruleOf(judged, text, 8080), 'denied by own-endpoint', text);
    t.equal(judged.judge(address(text), 8080).rule, 'own-endpoint', `${text}, when nobody said who asks`);
    t.equal(ruleOf(judged, text, 8080, LOCAL), 'allowed by allow-cidrs', `${text} for a local caller`);
    t.equal(ruleOf(judged, text, 8081), 'allowed by allow-cidrs', `${text} on another port`);
  }
  t.equal(ruleOf(judged, '10.0.0.6', 8080), 'allowed by allow-cidrs');
  t.end();
});

t.test('what is bound decides which addresses are reachd itself', (t) => {
  const bound = policy({ listening: { ...OUTWARD, address: '10.0.0.7' } });
  t.equal(ruleOf(bound, '10.0.0.7', 8080), 'denied by own-endpoint');
  t.equal(ruleOf(bound, '10.0.0.5', 8080), 'allowed by private', 'another address of this host');
  for (const wildcard of ['::', '0.0.0.0', 'some-name']) {
    const judged = policy({ listening: { ...OUTWARD, address: wildcard } });
    t.equal(ruleOf(judged, '10.0.0.5', 8080), 'denied by own-endpoint', wildcard);
    t.equal(ruleOf(judged, 'fd00::5', 8080), 'denied by own-endpoint', wildcard);
  }
  t.equal(ruleOf(policy({ listening: INWARD }), '127.0.0.1', 8080), 'denied by own-endpoint');
  t.equal(ruleOf(policy({ listening: INWARD }), '127.0.0.1', 8080, LOCAL), 'allowed by loopback');
  t.throws(
    () => policy({ listening: { ...OUTWARD, ownAddresses: ['eth0'] } }),
    new Error('own address "eth0" is not an IP address'),
  );
  t.end();
});

t.test('ALLOW_PORTS bounds every address, also those of ALLOW_CIDRS', (t) => {
  const judged = policy({ allowPorts: ['443', '8000-8002', '65535'], allowCidrs: ['10.0.0.0/8'] });
  for (const port of [443, 8000, 8001, 8002, 65535])
    t.equal(ruleOf(judged, '192.168.0.1', port), 'allowed by private', String(port));
  for (const port of [1, 442, 444, 7999, 8003, 65534]) {
    t.equal(ruleOf(judged, '10.0.0.1', port), 'denied by allow-ports', String(port));
    t.equal(ruleOf(judged, '169.254.169.254', port), 'denied by metadata');
  }
  t.equal(ruleOf(policy(), '10.0.0.1', 65535), 'allowed by private', 'no list: all ports');
  t.end();
});

t.test('what is no endpoint is denied, and nothing is thrown', (t) => {
  const { judge } = policy({ allowCidrs: ['0.0.0.0/0', '::/0'] });
  const ten = address('10.0.0.1');
  for (const port of [0, -1, 65536, 80.5, NaN, Infinity])
    t.equal(judge(ten, port).rule, 'not-understood', String(port));
  for (const length of [0, 3, 5, 15, 17, 40]) {
    t.equal(judge({ family: 4, bytes: new Uint8Array(length), text: '' }, 80).rule, 'not-understood', String(length));
    t.equal(judge({ family: 6, bytes: new Uint8Array(length), text: '' }, 80).rule, 'not-understood', String(length));
  }
  t.equal(judge({ ...ten, family: 6 }, 80).rule, 'not-understood');
  t.equal(judge({ ...address('2600::'), family: 4 }, 80).rule, 'not-understood');
  t.end();
});

t.test('every spelling of an address gets the verdict of its bytes', (t) => {
  const policies = PRESETS.map((preset) => policy({ preset, denyCidrs: ['10.0.0.0/9'] }));
  const prefixes = [
    '',
    '00000000000000000000ffff',
    '0064ff9b0000000000000000',
    '2002',
    'fd00',
    'fe80',
    '000000000000000000000000',
  ];
  const bytes = fc
    .tuple(fc.constantFrom(...prefixes), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(([prefix, random]) => Uint8Array.from([...Buffer.from(prefix, 'hex'), ...random].slice(0, 16)));
  fc.assert(
    fc.property(bytes, (raw) => {
      const words = Array.from({ length: 8 }, (_, index) =>
        Buffer.from(raw)
          .readUInt16BE(index * 2)
          .toString(16),
      );
      const quad = raw.subarray(12).join('.');
      const full = words.map((word) => word.padStart(4, '0')).join(':');
      const spellings = [
        words.join(':'),
        full,
        full.toUpperCase(),
        formatAddress(raw),
        [...words.slice(0, 6), quad].join(':'),
      ];
      return policies.every(({ judge }) => {
        const verdict = judge({ family: 6, bytes: raw, text: '' }, 443);
        return spellings.every((spelling) => judge(address(spelling), 443) === verdict);
      });
    }),
    { numRuns: 3000 },
  );
  t.end();
});
