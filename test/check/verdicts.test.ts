// Ten thousand checks of one name do not cost ten million verdicts.
import t from 'tap';
import { type Policy, Verdicts } from '../../src/check/verdicts.ts';
import { DEFAULTS } from '../../src/config/settings.ts';
import { PolicyInForce } from '../../src/policy/policy-in-force.ts';
import { address } from '../support/fake-reactor.ts';

const many = Array.from({ length: 1000 }, (_, i) => address(`10.0.${i >> 8}.${i & 255}`));

/** The policy in force, and how many verdicts it has given. */
function counted(config: Partial<typeof DEFAULTS> = {}) {
  const policy = new PolicyInForce({ ...DEFAULTS, ...config });
  const told = { verdicts: 0, policy };
  const counting: Policy = {
    judge: (...asked) => {
      told.verdicts++;
      return policy.judge(...asked);
    },
    alike: (...asked) => policy.alike(...asked),
  };
  return { told, verdicts: new Verdicts(counting) };
}

const half = (port: number) => ({ target: { port }, options: { handshake: 'half', tls: null } }) as const;
const full = (port: number) => ({ target: { port }, options: { handshake: 'full', tls: null } }) as const;
const withTls = (port: number) => ({ target: { port }, options: { handshake: 'half', tls: TLS } }) as const;
const TLS = { servername: null, alpn: [], verify: true, minDaysLeft: 0 } as const;

t.test('one verdict on each address for all ports that are judged alike', (t) => {
  const { told, verdicts } = counted();
  for (let port = 1; port <= 10_000; port++) t.equal(verdicts.offenceOf(many, half(port)), null);
  t.ok(told.verdicts <= 3000, `${told.verdicts} verdicts`);
  t.end();
});

t.test('a denied address denies on every port, is counted for each, and is the one that was found first', (t) => {
  const { told, verdicts } = counted();
  const last = [...many, address('169.254.1.1')];
  for (let port = 1; port <= 1000; port++) {
    t.match(verdicts.offenceOf(last, half(port)), { address: { text: '169.254.1.1' }, rule: 'link-local' });
  }
  t.ok(told.verdicts <= 3100, `${told.verdicts} verdicts`);
  t.equal(told.policy.describe().denials['link-local'], 1000);
  t.end();
});

t.test('ports that are not judged alike are told apart', (t) => {
  const { verdicts } = counted({ allowPorts: ['443'] });
  const two = many.slice(0, 2);
  t.match(verdicts.offenceOf(two, half(80)), { rule: 'allow-ports' });
  t.equal(verdicts.offenceOf(two, half(443)), null);
  t.match(verdicts.offenceOf(two, half(81)), { rule: 'allow-ports' });
  t.end();
});

t.test('a half-open check of its own port is not taken for a full one, nor the other way round', (t) => {
  const { verdicts } = counted({ host: '0.0.0.0', port: 8080 });
  const own = [address('127.0.0.1'), address('127.0.0.2')];
  for (let again = 0; again < 2; again++) {
    t.equal(verdicts.offenceOf(own, half(8080)), null);
    t.match(verdicts.offenceOf(own, full(8080)), { rule: 'own-endpoint' });
    t.match(verdicts.offenceOf(own, withTls(8080)), { rule: 'own-endpoint' }, 'TLS takes a full handshake');
  }
  t.end();
});
