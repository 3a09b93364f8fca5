// What the counts say after checks of every kind, told by the real checker.
import { constants } from 'node:os';
import t from 'tap';
import { CheckCounts } from '../../src/metrics/check-counts.ts';
import { buildChecker } from '../support/build-checker.ts';
import { facts, tcp } from '../support/fake-reactor.ts';

const REFUSED = facts({ ending: 'error', errno: constants.errno.ECONNREFUSED, tcp: tcp({ segsIn: 1 }) });

function countOf(rows: readonly { readonly count: number }[], wanted: object): number | undefined {
  const isWanted = (row: object): boolean =>
    Object.entries(wanted).every(([key, is]) => (row as Record<string, unknown>)[key] === is);
  return rows.find(isWanted)?.count;
}

t.test('checks are counted by outcome, attempts by outcome and family, lookups by what they cost', async (t) => {
  const counts = new CheckCounts();
  const { ask } = buildChecker((_, port) => (port === 1 ? REFUSED : facts({})), { observer: counts });
  await ask('one.test:80');
  await ask('[fd00::1]:1');
  await ask('169.254.169.254:80');
  await ask('nobody.test:80');
  t.equal(countOf(counts.checks, { outcome: 'open' }), 1);
  t.equal(countOf(counts.checks, { outcome: 'refused' }), 1);
  t.equal(countOf(counts.checks, { outcome: 'denied' }), 1);
  t.equal(countOf(counts.checks, { outcome: 'unresolved' }), 1);
  t.equal(countOf(counts.checks, { outcome: 'timeout' }), 0, 'what has not occurred is there, with 0');
  t.equal(countOf(counts.attempts, { outcome: 'open', family: 'ipv4' }), 1);
  t.equal(countOf(counts.attempts, { outcome: 'refused', family: 'ipv6' }), 1);
  t.equal(countOf(counts.attempts, { outcome: 'refused', family: 'ipv4' }), 0);
  t.equal(countOf(counts.attempts, { outcome: 'denied' }), undefined, 'no attempt is ever denied');
  t.equal(counts.lookups.asked.buckets.at(-1)?.count, 2);
  t.equal(counts.lookups.cached.buckets.at(-1)?.count, 0);
  t.equal(counts.queued.buckets.at(-1)?.count, 2);
});

t.test('durations are those of attempts that have them, and SYNs are summed', (t) => {
  const counts = new CheckCounts();
  const report = {
    address: '10.0.0.1',
    family: 'ipv4',
    outcome: 'open',
    handshake: 'half',
    latencyMs: 1,
    queuedMs: 0,
    rttMs: 0.5,
    synRetransmits: 0,
    cause: null,
  } as const;
  counts.attempt(report);
  counts.attempt({ ...report, rttMs: null, synRetransmits: 2 });
  counts.attempt({ ...report, outcome: 'failed', latencyMs: null, rttMs: null });
  counts.lookup({ answer: [], durationMs: 0, queuedMs: 0, cached: true });
  t.equal(counts.latency.buckets.at(-1)?.count, 2);
  t.equal(counts.latency.sumSeconds, 0.002);
  t.equal(counts.rtt.buckets.at(-1)?.count, 1);
  t.equal(counts.queued.buckets.at(-1)?.count, 3);
  t.equal(counts.synRetransmits, 2);
  t.equal(counts.lookups.cached.buckets.at(-1)?.count, 1);
  t.end();
});
