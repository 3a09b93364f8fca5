// reachd's own listening port: a half-open check of it is everybody's, a full handshake only a neighbour's.
import t from 'tap';
import { parseAddress } from '../../src/net/address.ts';
import { buildPolicy } from '../../src/policy/address-policy.ts';
import type { PolicyOptions } from '../../src/policy/rules.ts';

const OUTWARD = { address: '0.0.0.0', port: 8080, loopback: false, ownAddresses: ['10.0.0.5', 'fd00::5'] };
const INWARD = { address: '127.0.0.1', port: 8080, loopback: true, ownAddresses: ['10.0.0.5'] };
const OWN = ['10.0.0.5', 'fd00::5', '::ffff:10.0.0.5', '127.0.0.1', '127.9.9.9', '::1'];

/** The verdict on `text`, in words. Nobody has to be allowed anything else: the preset is the strictest. */
function ruleOf(text: string, port: number, halfOpen: boolean, options: Partial<PolicyOptions> = {}): string {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is not an address`);
  const nothing = { allowCidrs: [], denyCidrs: [], allowPorts: [], listening: OUTWARD };
  const { judge } = buildPolicy({ preset: 'allowlist', ...nothing, ...options });
  const { allowed, rule } = judge(address, port, { local: false, halfOpen });
  return `${allowed ? 'allowed' : 'denied'} by ${rule}`;
}

t.test('a half-open check of it is let through by each of its addresses, whatever the operator denies', (t) => {
  const strict = { denyCidrs: ['0.0.0.0/0', '::/0'], allowPorts: ['443'] };
  for (const text of OWN) {
    t.equal(ruleOf(text, 8080, true, strict), 'allowed by own-endpoint', text);
    t.equal(ruleOf(text, 8080, false, strict), 'denied by own-endpoint', `${text}, a full handshake`);
    t.equal(ruleOf(text, 8081, true, strict), 'denied by allow-ports', `${text}, another port`);
  }
  t.equal(ruleOf('10.0.0.6', 8080, true), 'denied by allowlist', 'another host');
  t.end();
});

t.test('on loopback too, and only by the address that is bound', (t) => {
  t.equal(ruleOf('127.0.0.1', 8080, true, { listening: INWARD }), 'allowed by own-endpoint');
  t.equal(ruleOf('127.0.0.2', 8080, true, { listening: INWARD }), 'denied by allowlist');
  t.equal(ruleOf('10.0.0.5', 8080, true, { listening: INWARD }), 'denied by allowlist');
  t.end();
});

t.test('what is no address of this host, or leads elsewhere first, is not', (t) => {
  for (const text of ['0.0.0.0', '::', '::ffff:0.0.0.0', '64:ff9b::10.0.0.5']) {
    t.equal(ruleOf(text, 8080, true), 'denied by own-endpoint', text);
  }
  t.equal(ruleOf('64:ff9b::127.0.0.1', 8080, true), 'denied by nat64');
  const listening = { ...OUTWARD, ownAddresses: ['169.254.169.254'] };
  t.equal(ruleOf('169.254.169.254', 8080, true, { listening }), 'denied by metadata');
  t.end();
});
