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
    alike: (port) => policy.alike(port),
  };
  return { told, verdicts: new Verdicts(counting) };
}

t.test('one verdict on each address for all ports that are judged alike', (t) => {
  const { told, verdicts } = counted();
  for (let port = 1; port <= 10_000; port++) t.equal(verdicts.offenceOf(many, port), null);
  t.ok(told.verdicts <= 3000, `${told.verdicts} verdicts`);
  t.end();
});

t.test('a denied address denies on every port, is counted for each, and is the one that was found first', (t) => {
  const { told, verdicts } = counted();
  const last = [...many, address('169.254.1.1')];
  for (let port = 1; port <= 1000; port++) {
    t.match(verdicts.offenceOf(last, port), { address: { text: '169.254.1.1' }, rule: 'link-local' });
  }
  t.ok(told.verdicts <= 3100, `${told.verdicts} verdicts`);
  t.equal(told.policy.describe().denials['link-local'], 1000);
  t.end();
});

t.test('ports that are not judged alike are told apart', (t) => {
  const { verdicts } = counted({ allowPorts: ['443'] });
  const two = many.slice(0, 2);
  t.match(verdicts.offenceOf(two, 80), { rule: 'allow-ports' });
  t.equal(verdicts.offenceOf(two, 443), null);
  t.match(verdicts.offenceOf(two, 81), { rule: 'allow-ports' });
  t.end();
});
