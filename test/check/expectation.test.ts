import t from 'tap';
import { type Expectation, explainUnmet, EXPECTABLE, isMet, isOneEnough } from '../../src/check/expectation.ts';
import { type CauseLayer, finding, type Finding, OUTCOMES } from '../../src/check/outcome.ts';

const OPEN: Finding = { outcome: 'open', cause: null };
const found = (outcome: Finding['outcome'], layer: CauseLayer, code = 'E'): Finding =>
  outcome === 'open' ? OPEN : finding(outcome, layer, code, 'so it was');

t.test('closed is what the network answered, open is open, and a question that was not put is never ok', (t) => {
  const met = (expect: Expectation) => OUTCOMES.filter((outcome) => isMet(found(outcome, 'icmp'), expect));
  t.same(met('open'), ['open']);
  t.same(met('closed'), ['refused', 'rejected', 'unreachable', 'timeout']);
  for (const outcome of EXPECTABLE) t.same(met([outcome]), [outcome]);
  t.same(met(EXPECTABLE), EXPECTABLE);
  t.end();
});

t.test('what this host says by itself meets nothing', (t) => {
  for (const outcome of ['unreachable', 'rejected'] as const) {
    for (const expect of ['closed', [outcome]] as const) {
      t.equal(isMet(found(outcome, 'local'), expect), false);
      t.equal(isMet(found(outcome, 'icmp'), expect), true);
      t.equal(explainUnmet(found(outcome, 'local'), expect)?.layer, 'local', 'the evidence stays');
      t.match(
        explainUnmet(found(outcome, 'local'), expect)?.message,
        /^so it was; expected .*, and only this host says/,
      );
    }
  }
  t.end();
});

t.test('a resolver that did not answer says nothing of a name', (t) => {
  for (const code of ['EAI_AGAIN', 'ETIMEOUT']) {
    const silence = found('unresolved', 'dns', code);
    t.equal(isMet(silence, ['unresolved']), false);
    t.match(explainUnmet(silence, ['unresolved']), { code, message: /expected unresolved, and nobody answered$/ });
  }
  for (const code of ['NXDOMAIN', 'NODATA', 'REFUSED', 'no-usable-address']) {
    t.equal(isMet(found('unresolved', 'dns', code), ['unresolved']), true, code);
  }
  t.end();
});

t.test('what is not as expected says why: by its evidence, or where that is none in plain words', (t) => {
  const plain = { layer: 'expectation', code: 'unexpected' };
  t.same(explainUnmet(OPEN, 'closed'), { ...plain, message: 'expected closed, is open' });
  const words = 'expected refused or timeout, is open';
  t.same(explainUnmet(OPEN, ['refused', 'timeout']), { ...plain, message: words });
  const reset: Finding = finding('open', 'tcp', 'ECONNRESET', 'reset right after the handshake');
  t.equal(explainUnmet(reset, 'closed'), reset.cause);
  const refused = found('refused', 'tcp');
  for (const expect of ['open', ['timeout']] as const) t.equal(explainUnmet(refused, expect), refused.cause);
  t.end();
});

t.test('one address is enough where any of them is to be open, and nowhere else', (t) => {
  t.equal(isOneEnough({ addresses: 'any', expect: 'open' }), true);
  t.equal(isOneEnough({ addresses: 'all', expect: 'open' }), false);
  for (const expect of ['closed', ['open', 'refused'], ['timeout']] as const) {
    for (const addresses of ['any', 'all'] as const) t.equal(isOneEnough({ addresses, expect }), false);
  }
  t.end();
});
