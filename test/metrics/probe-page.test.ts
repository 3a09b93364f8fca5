// The page of one probe, for results of every kind.
import t from 'tap';
import type { CheckReply, CheckResult } from '../../src/check/result.ts';
import { probePage } from '../../src/metrics/probe-page.ts';
import { promtool, withoutProgram } from '../support/debian-program.ts';
import { readExposition } from '../support/exposition.ts';
import { replyOf } from '../support/build.ts';

const ATTEMPT = {
  address: '127.0.0.1',
  family: 'ipv4',
  outcome: 'open',
  handshake: 'half',
  latencyMs: 1.5,
  queuedMs: 0,
  rttMs: 0.5,
  synRetransmits: 0,
  cause: null,
} as const;
const OPEN: CheckResult = {
  target: 'db.internal:5432',
  ok: true,
  outcome: 'open',
  latencyMs: 1.5,
  address: '127.0.0.1',
  dns: { durationMs: 2.5, queuedMs: 0, addresses: ['127.0.0.1'], cached: false },
  cause: null,
  attempts: [ATTEMPT],
};

function pageOf(result: Partial<CheckResult>, debug = false): string {
  return probePage(replyOf([{ ...OPEN, ...result }]), { timeoutMs: 3000, debug });
}

t.test('an open target: its address, its phases, and that nothing failed', (t) => {
  const page = readExposition(pageOf({}));
  t.equal(page.value('probe_success'), 1);
  t.equal(page.value('probe_duration_seconds'), 0.0005);
  t.equal(page.value('probe_timeout_seconds'), 3);
  t.equal(page.value('probe_dns_lookup_time_seconds'), 0.0025);
  t.equal(page.value('probe_ip_protocol'), 4);
  t.equal(page.value('probe_ip_addr_hash'), 3_668_918_509, 'as blackbox_exporter has it');
  t.equal(page.value('probe_failed_due_to_regex'), 0);
  t.equal(page.value('probe_tcp_duration_seconds', { phase: 'resolve' }), 0.0025);
  t.equal(page.value('probe_tcp_duration_seconds', { phase: 'connect' }), 0.0015);
  t.equal(page.value('probe_tcp_duration_seconds', { phase: 'rtt' }), 0.0005);
  t.equal(page.value('probe_tcp_syn_retransmits'), 0);
  t.equal(page.value('probe_tcp_outcome', { outcome: 'open' }), 1);
  t.equal(page.value('probe_tcp_outcome', { outcome: 'refused' }), 0);
  t.equal(page.samples.filter(({ name }) => name === 'probe_tcp_outcome').length, 9);
  t.end();
});

t.test('a failure has durations too, and the outcome instead of the reason why', (t) => {
  const refused = {
    ...ATTEMPT,
    address: '::1',
    family: 'ipv6',
    outcome: 'refused',
    rttMs: null,
    synRetransmits: 1,
  } as const;
  const attempts = [{ ...ATTEMPT, outcome: 'timeout', rttMs: null, synRetransmits: 2 } as const, refused];
  const page = readExposition(pageOf({ ok: false, outcome: 'refused', address: '::1', attempts }));
  t.equal(page.value('probe_success'), 0);
  t.equal(page.value('probe_ip_protocol'), 6);
  t.equal(page.value('probe_tcp_duration_seconds', { phase: 'connect' }), 0.0015);
  t.equal(page.value('probe_tcp_duration_seconds', { phase: 'rtt' }), undefined, 'which there was none of');
  t.equal(page.value('probe_tcp_syn_retransmits'), 3);
  t.equal(page.value('probe_tcp_outcome', { outcome: 'refused' }), 1);
  t.end();
});

t.test('without an address there is none to tell, and without a lookup its time is 0', (t) => {
  const nothing = { ok: false, outcome: 'denied', address: null, latencyMs: null, dns: null, attempts: [] } as const;
  const page = readExposition(pageOf(nothing));
  t.equal(page.value('probe_ip_protocol'), 0);
  t.equal(page.value('probe_ip_addr_hash'), 0);
  t.equal(page.value('probe_dns_lookup_time_seconds'), 0);
  t.equal(page.types.has('probe_tcp_duration_seconds'), false);
  t.equal(page.value('probe_tcp_outcome', { outcome: 'denied' }), 1);
  t.end();
});

t.test('debug adds the whole reply, in comments that a scrape passes over', (t) => {
  const result = { target: 'a"b\n# TYPE probe_success counter\nprobe_success 7' };
  const [plain, debug] = [pageOf(result), pageOf(result, true)];
  t.ok(debug.startsWith(plain));
  t.same(readExposition(debug).samples, readExposition(plain).samples);
  t.equal(readExposition(debug).types.get('probe_success'), 'gauge');
  const json = debug.slice(debug.indexOf('# {')).replaceAll(/^# /gm, '');
  t.match(JSON.parse(json) as CheckReply, { ok: true, results: [{ ...result, dns: OPEN.dns }] });
  t.end();
});

t.test('promtool has nothing to say of it, comments included', { skip: withoutProgram('promtool') }, (t) => {
  t.equal(promtool(['check', 'metrics'], pageOf({}, true)), '');
  t.end();
});

t.test('a probe is of one target', (t) => {
  t.throws(() => probePage(replyOf([]), { timeoutMs: 1, debug: false }), /one target/);
  t.end();
});
