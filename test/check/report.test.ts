import t from 'tap';
import type { Cause, Outcome } from '../../src/check/outcome.ts';
import { decide, reportLookup, resultOf, summarizeResults, unanswered } from '../../src/check/report.ts';
import { type Expectation, isMet } from '../../src/check/expectation.ts';
import type { AttemptReport, CheckResult } from '../../src/check/result.ts';
import { address, checkOf } from '../support/fake-reactor.ts';

const CAUSE: Cause = {
  layer: 'tcp',
  code: 'ECONNREFUSED',
  message: "RST from the target's address, which a firewall can forge",
};

/** The report of an attempt with `outcome`; its latency tells it from others. */
function report(outcome: Outcome, latencyMs: number | null = 1): AttemptReport {
  return {
    ...{ address: '10.0.0.7', family: 'ipv4', outcome, handshake: 'half' },
    ...{ latencyMs, queuedMs: 0, rttMs: null, synRetransmits: 0, cause: outcome === 'open' ? null : CAUSE },
  };
}

// What the attempts came to, and which of them decides for: any open, any closed, all open, all closed.
type Decision = readonly [outcomes: string, anyOpen: string, anyClosed: string, allOpen: string, allClosed: string];
const DECISIONS: readonly Decision[] = [
  ['open', 'open', 'open', 'open', 'open'],
  ['open open', 'open', 'open', 'open', 'open'],
  ['refused', 'refused', 'refused', 'refused', 'refused'],
  ['refused open', 'open', 'open', 'refused', 'open'],
  ['open timeout', 'open', 'open', 'timeout', 'open'],
  ['unreachable open refused', 'open', 'open', 'refused', 'open'],
  ['cancelled open', 'open', 'open', 'cancelled', 'open'],
  ['failed open', 'open', 'open', 'failed', 'open'],
  ['timeout refused', 'refused', 'refused', 'refused', 'refused'],
  ['timeout rejected', 'rejected', 'rejected', 'rejected', 'rejected'],
  ['rejected refused', 'refused', 'refused', 'refused', 'refused'],
  ['unreachable timeout', 'timeout', 'timeout', 'timeout', 'timeout'],
  ['unreachable unreachable', 'unreachable', 'unreachable', 'unreachable', 'unreachable'],
  ['refused failed', 'failed', 'failed', 'failed', 'failed'],
  ['timeout failed', 'failed', 'failed', 'failed', 'failed'],
  ['cancelled failed', 'failed', 'failed', 'failed', 'failed'],
  ['refused cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled'],
  ['cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled'],
];

t.test('of several attempts the one decides that the caller’s question hangs on', (t) => {
  const modes = [
    ['any', 'open'],
    ['any', 'closed'],
    ['all', 'open'],
    ['all', 'closed'],
  ] as const;
  for (const [outcomes, ...deciding] of DECISIONS) {
    const reports = outcomes.split(' ').map((outcome) => report(outcome as Outcome));
    for (const order of [reports, reports.toReversed()]) {
      const decided = modes.map(([addresses, expect]) => {
        const { options } = checkOf('db:1', { addresses, expect });
        return decide(order, options)?.outcome;
      });
      t.same(decided, deciding, order.map(({ outcome }) => outcome).join(' '));
    }
  }
  t.end();
});

// A list, what the attempts came to, and which of them decides, with `any` as with `all`. (l): this host's own word.
const LISTS: readonly (readonly [expect: Expectation, outcomes: string, decides: string, ok: boolean])[] = [
  [['refused', 'timeout'], 'refused timeout', 'refused', true],
  [['timeout'], 'refused timeout', 'refused', false],
  [['refused'], 'refused timeout', 'timeout', false],
  [['refused', 'timeout'], 'refused open', 'open', false],
  [['refused', 'timeout'], 'refused unreachable', 'unreachable', false],
  [['open', 'refused'], 'refused open', 'open', true],
  [['open', 'refused'], 'open open', 'open', true],
  [['open', 'refused'], 'open timeout', 'timeout', false],
  [['open'], 'open refused', 'refused', false],
  [['timeout'], 'timeout failed', 'failed', false],
  [['timeout'], 'open failed', 'open', false],
  [['timeout'], 'timeout cancelled', 'cancelled', false],
  [['unreachable'], 'unreachable unreachable', 'unreachable', true],
  [['unreachable'], 'unreachable(l)', 'unreachable(l)', false],
  [['unreachable', 'refused'], 'refused unreachable(l)', 'unreachable(l)', false],
  ['closed', 'refused unreachable(l)', 'unreachable(l)', false],
  ['closed', 'open unreachable(l)', 'open', false],
  ['closed', 'rejected(l) timeout', 'rejected(l)', false],
];

t.test('with a list each attempt has to be as it says, and one that is not decides', (t) => {
  const made = (text: string): AttemptReport => {
    const outcome = text.replace('(l)', '') as Outcome;
    return text === outcome ? report(outcome) : { ...report(outcome), cause: { ...CAUSE, layer: 'local' } };
  };
  const spelled = ({ outcome, cause }: CheckResult): string => `${outcome}${cause?.layer === 'local' ? '(l)' : ''}`;
  for (const [expect, outcomes, decides, ok] of LISTS) {
    for (const addresses of ['any', 'all'] as const) {
      const check = checkOf('db:1', { addresses, expect });
      const reports = outcomes.split(' ').map(made);
      for (const order of [reports, reports.toReversed()]) {
        const result = resultOf(check, null, order, decide(order, check.options));
        t.same([spelled(result), result.ok], [decides, ok], `${outcomes} for ${String(expect)}, ${addresses}`);
        t.same(result.expect, expect);
      }
    }
  }
  t.end();
});

t.test('no attempt decides where there was none, and the first of equals where there are several', (t) => {
  const { options } = checkOf('db:1');
  t.equal(decide([], options), null);
  t.equal(decide([report('refused', 1), report('refused', 2)], options)?.latencyMs, 1);
  t.equal(decide([report('open', 1), report('open', 2)], options)?.latencyMs, 1);
  t.end();
});

t.test('whatever is beside it, `failed` is never hidden, and ok takes the word of every attempt that counts', (t) => {
  const made: readonly Outcome[] = ['open', 'refused', 'rejected', 'unreachable', 'timeout', 'failed', 'cancelled'];
  for (const one of made) {
    for (const two of made) {
      for (const addresses of ['any', 'all'] as const) {
        for (const expect of ['open', 'closed', ['open', 'timeout'], ['refused', 'unreachable']] as const) {
          const check = checkOf('db:1', { addresses, expect });
          const reports = [report(one), report(two)];
          const { ok, outcome } = resultOf(check, null, reports, decide(reports, check.options));
          const pair = [one, two];
          const some = reports.some((each) => isMet(each, expect));
          const every = reports.every((each) => isMet(each, expect));
          const about = `${one} ${two} ${addresses} ${String(expect)}`;
          t.equal(ok, addresses === 'any' && expect === 'open' ? some : every, about);
          if (pair.includes('failed') && outcome !== 'failed') t.equal(outcome, 'open', about);
        }
      }
    }
  }
  t.end();
});

t.test('a result says what the deciding attempt says', (t) => {
  const check = { ...checkOf('DB.internal:5432', { expect: 'closed' }), name: 'db' };
  const attempts = [report('refused', 0.2)];
  const dns = { durationMs: 1.8, queuedMs: 0, addresses: ['10.0.0.7'], cached: false };
  t.same(resultOf(check, dns, attempts, attempts[0] ?? null), {
    ...{ target: 'db.internal:5432', name: 'db', ok: true, expect: 'closed', outcome: 'refused', latencyMs: 0.2 },
    ...{ address: '10.0.0.7', dns, cause: CAUSE, stats: undefined, attempts },
  });
  t.end();
});

t.test('without an attempt nothing is closed or open, and there is a cause', (t) => {
  const check = checkOf('db:1', { expect: 'closed' });
  const cancelled = resultOf(check, null, [], null);
  t.match(cancelled, { ok: false, outcome: 'cancelled', latencyMs: null, address: null, attempts: [] });
  t.match(cancelled.cause, { layer: 'local', code: 'ECANCELED' });
  for (const outcome of ['unresolved', 'denied', 'failed', 'cancelled'] as const) {
    const result = unanswered(check, null, { outcome, cause: CAUSE });
    t.match(result, { ok: false, outcome, latencyMs: null, address: null, cause: CAUSE, attempts: [] });
  }
  t.end();
});

t.test('a name that is expected not to resolve is ok when it does not', (t) => {
  const check = checkOf('db:1', { expect: ['unresolved', 'refused'] });
  const cause: Cause = { layer: 'dns', code: 'NXDOMAIN', message: 'no such name' };
  t.match(unanswered(check, null, { outcome: 'unresolved', cause }), { ok: true, outcome: 'unresolved', cause });
  t.match(unanswered(check, null, { outcome: 'denied', cause: CAUSE }), { ok: false, cause: CAUSE });
  const open = report('open');
  const unexpected = resultOf(checkOf('db:1', { expect: 'closed' }), null, [open], open);
  t.match(unexpected, { ok: false, cause: { layer: 'expectation', message: 'expected closed, is open' } });
  t.equal(unexpected.attempts[0]?.cause, null, 'an attempt says what it met');
  t.equal(resultOf(checkOf('db:1'), null, [open], open).expect, undefined);
  t.end();
});

t.test('a lookup is reported with its addresses, or with none', (t) => {
  const answer = [address('10.0.0.7'), address('fd00::7')];
  t.same(reportLookup({ answer, durationMs: 1.80049, queuedMs: 0, cached: true }), {
    ...{ durationMs: 1.8, queuedMs: 0, addresses: ['10.0.0.7', 'fd00::7'], cached: true },
  });
  const [one, two] = [1, 2].map((durationMs) => reportLookup({ answer, durationMs, queuedMs: 0, cached: true }));
  t.equal(one?.addresses, two?.addresses, 'checks of one name share the list of its addresses');
  t.same(reportLookup({ answer: { code: 'NXDOMAIN', local: false }, durationMs: 3, queuedMs: 0, cached: false }), {
    ...{ durationMs: 3, queuedMs: 0, addresses: [], cached: false },
  });
  t.end();
});

t.test('the summary counts each result once, under its outcome', (t) => {
  const result = (outcome: Outcome, expect: 'open' | 'closed' = 'open'): CheckResult => {
    const one = report(outcome);
    return resultOf(checkOf('db:1', { expect }), null, [one], one);
  };
  t.same(summarizeResults([]), { total: 0, ok: 0, notOk: 0, outcomes: {} });
  t.same(summarizeResults([result('open'), result('refused'), result('refused', 'closed'), result('open', 'closed')]), {
    ...{ total: 4, ok: 2, notOk: 2, outcomes: { open: 2, refused: 2 } },
  });
  t.end();
});
