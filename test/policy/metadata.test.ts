// Credentials of the machine that reachd runs on: what the clouds' documents list is what the policy denies, in every
// spelling and on every way, whatever the operator allows.
import t from 'tap';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { PolicyInForce } from '../../src/policy/policy-in-force.ts';
import { PRESETS } from '../../src/policy/rules.ts';
import { METADATA } from '../../src/policy/well-known-blocks.ts';
import { DEFAULTS } from '../../src/config/settings.ts';
import { buildChecker } from '../support/build-checker.ts';
import { METADATA_4, METADATA_6, METADATA_DOCUMENTS } from '../support/metadata-documents.ts';

/** All of IPv4 and IPv6, and blocks closer around the addresses than those. */
const WIDE = ['0.0.0.0/0', '::/0', '169.254.0.0/16', '100.64.0.0/10', 'fd00::/16', 'fe80::/64'];

function ruleOf(policy: PolicyInForce, text: string): string {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is not an address`);
  const verdict = policy.judge(address, 80);
  return verdict.allowed ? 'allowed' : verdict.rule;
}

/** An address with its last 32 bits in hexadecimal, which is how a packet dump shows it. */
function inHex(text: string): string {
  const bytes = parseAddress(text)?.bytes ?? new Uint8Array(4);
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(?=.{4}$)/, ':');
}

t.test('the table is what the documents of the clouds list', (t) => {
  const documented = [...METADATA_4.map((text) => `${text}/32`), ...METADATA_6.map((text) => `${text}/128`)];
  t.same([...METADATA].sort(), documented.sort());
  for (const { cloud, document, addresses } of METADATA_DOCUMENTS) {
    t.not(document, '', cloud);
    t.same(
      addresses.map((text) => parseAddress(text)).map((address) => address && formatAddress(address.bytes)),
      addresses,
      `${cloud}: canonical`,
    );
  }
  t.end();
});

t.test('each is denied first, in every spelling, whatever ALLOW_CIDRS says', (t) => {
  for (const preset of PRESETS) {
    const policy = new PolicyInForce({ ...DEFAULTS, policy: preset, allowCidrs: WIDE });
    for (const text of [...METADATA_4, ...METADATA_6]) t.equal(ruleOf(policy, text), 'metadata', `${preset}: ${text}`);
    for (const text of METADATA_4) {
      for (const spelling of [text, inHex(text)]) {
        t.equal(ruleOf(policy, `::ffff:${spelling}`), 'metadata', `${preset}: mapped ${spelling}`);
        t.equal(ruleOf(policy, `64:ff9b::${spelling}`), 'metadata', `${preset}: NAT64 ${spelling}`);
      }
    }
    t.equal(ruleOf(policy, '169.254.169.253'), 'allowed', 'a neighbour');
    t.equal(ruleOf(policy, 'fe80::a9fe:a9ff'), 'allowed', 'a neighbour');
  }
  t.end();
});

t.test('a source opens no way to them', async (t) => {
  const policy = new PolicyInForce({ ...DEFAULTS, allowCidrs: WIDE });
  for (const text of [...METADATA_4, ...METADATA_6]) {
    const target = text.includes(':') ? `[${text}]:80` : `${text}:80`;
    const { reactor, ask } = buildChecker(undefined, { policy });
    const result = await ask(target, { sourceInterface: 'eth0' });
    t.match(result, { ok: false, outcome: 'denied', cause: { layer: 'policy', code: 'metadata' } }, target);
    t.equal(reactor.attempts.length, 0, 'nothing was sent');
  }
  const neighbour = buildChecker(undefined, { policy });
  t.match(await neighbour.ask('[fe80::a9fe:a9ff]:80', { sourceInterface: 'eth0' }), { outcome: 'open' });
  t.equal(neighbour.reactor.attempts.length, 1);
});

t.test('ALLOW_CIDRS that lists one of them by itself is a mistake that a start refuses', (t) => {
  for (const block of METADATA) {
    const config = { ...DEFAULTS, allowCidrs: [block] };
    t.throws(() => new PolicyInForce(config), { message: /is a metadata address and never allowed/ }, block);
  }
  t.end();
});
