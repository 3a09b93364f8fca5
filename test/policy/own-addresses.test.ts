// The addresses of this host come and go while reachd runs: with them, what is a way to reachd itself.
import t from 'tap';
import { parseAddress } from '../../src/net/address.ts';
import { PolicyInForce, type OwnHost } from '../../src/policy/policy-in-force.ts';
import { DEFAULTS } from '../../src/config/settings.ts';

const OUTWARD = { ...DEFAULTS, host: '0.0.0.0', port: 8080 };

/** A host whose addresses and clock the test sets. */
class FakeHost implements OwnHost {
  addresses: readonly string[] | Error = ['10.0.0.5'];
  time = 0;
  reads = 0;

  ownAddresses(): readonly string[] {
    this.reads++;
    if (this.addresses instanceof Error) throw this.addresses;
    return this.addresses;
  }

  now(): number {
    return this.time;
  }
}

function ruleOf(policy: PolicyInForce, text: string, port = 8080): string {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is not an address`);
  const verdict = policy.judge(address, port);
  return verdict.allowed ? 'allowed' : verdict.rule;
}

t.test('an address that comes is denied within a second, one that goes is given back', (t) => {
  const host = new FakeHost();
  const policy = new PolicyInForce(OUTWARD, host);
  t.same([ruleOf(policy, '10.0.0.5'), ruleOf(policy, '10.0.0.6')], ['own-endpoint', 'allowed']);
  host.addresses = ['10.0.0.6', 'fd00::6'];
  host.time = 999;
  t.equal(ruleOf(policy, '10.0.0.6'), 'allowed', 'not yet');
  host.time = 1000;
  t.equal(ruleOf(policy, '10.0.0.6'), 'own-endpoint');
  t.equal(ruleOf(policy, 'fd00::6'), 'own-endpoint');
  t.equal(ruleOf(policy, '::ffff:10.0.0.6'), 'own-endpoint');
  t.equal(ruleOf(policy, '10.0.0.5'), 'allowed');
  t.equal(ruleOf(policy, '10.0.0.6', 443), 'allowed', 'another port');
  const shown = policy.describe().rules.find(({ rule }) => rule === 'own-endpoint');
  t.ok(shown?.blocks.includes('fd00::6/128'), 'GET /policy shows it');
  t.end();
});

t.test('they are read at most once a second, and only when somebody asks', (t) => {
  const host = new FakeHost();
  const policy = new PolicyInForce(OUTWARD, host);
  const start = host.reads;
  for (let time = 0; time < 10_000; time += 10) {
    host.time = time;
    ruleOf(policy, '10.0.0.7');
  }
  t.equal(host.reads - start, 9);
  t.end();
});

t.test('what the system does not tell stays as it was', (t) => {
  const host = new FakeHost();
  const policy = new PolicyInForce(OUTWARD, host);
  host.addresses = new Error('EMFILE');
  host.time = 5000;
  t.equal(ruleOf(policy, '10.0.0.5'), 'own-endpoint');
  host.addresses = ['10.0.0.9'];
  host.time = 6000;
  t.equal(ruleOf(policy, '10.0.0.9'), 'own-endpoint');
  t.end();
});

t.test('the port that is bound is kept', (t) => {
  const host = new FakeHost();
  const policy = new PolicyInForce({ ...OUTWARD, port: 0 }, host);
  policy.listensOn(4242);
  host.addresses = ['10.0.0.8'];
  host.time = 1000;
  t.equal(ruleOf(policy, '10.0.0.8', 4242), 'own-endpoint');
  t.end();
});

t.test('on loopback nobody reads them: every caller is on this host', (t) => {
  const host = new FakeHost();
  const policy = new PolicyInForce({ ...DEFAULTS, port: 8080 }, host);
  const start = host.reads;
  host.time = 10_000;
  t.equal(ruleOf(policy, '10.0.0.5'), 'allowed');
  t.equal(host.reads, start);
  t.end();
});

t.test('this very host has its loopback addresses, and lets them be checked half-open', (t) => {
  const policy = new PolicyInForce(OUTWARD);
  t.equal(ruleOf(policy, '127.0.0.1'), 'own-endpoint');
  t.equal(
    policy.judge({ family: 4, bytes: new Uint8Array([127, 0, 0, 1]), text: '127.0.0.1' }, 8080, true).allowed,
    true,
  );
  t.end();
});

t.test('whether a port may be asked that nobody has named is judged without a denial to count', (t) => {
  const address = parseAddress('10.0.0.7');
  if (address === null) throw new Error('an address');
  for (const policyMode of ['enforce', 'report'] as const) {
    const policy = new PolicyInForce({ ...OUTWARD, policyMode, allowPorts: ['80'] }, new FakeHost());
    t.same([policy.allows(address, 80), policy.allows(address, 1)], [true, false]);
    t.same(policy.describe().denials, {});
  }
  t.end();
});
