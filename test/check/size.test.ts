// What TLS and a trace add to what a result counts for.
import t from 'tap';
import { Budget } from '../../src/check/budget.ts';
import { Grant } from '../../src/check/grant.ts';
import { Pool } from '../../src/check/pool.ts';
import type { AttemptReport, CheckResult, TraceReport } from '../../src/check/result.ts';
import { ATTEMPT_BYTES, bytesBeside, sizeOf } from '../../src/check/size.ts';
import type { CertificateReport, TlsReport } from '../../src/check/tls.ts';
import { resultOf } from '../support/build.ts';
import { checkOf } from '../support/fake-reactor.ts';

const PLAIN = resultOf(checkOf('a.test:2'));
const CERTIFICATE: CertificateReport = {
  ...{ subject: 'CN=a.test', issuer: 'CN=ca', names: ['a.test'], fingerprint256: '', chain: 1 },
  ...{ validFrom: null, validTo: null, daysLeft: null, earliestValidTo: null, chainValidTo: null },
};

function withTls(certificate: CertificateReport | null): CheckResult {
  const tls: TlsReport = {
    ...{ outcome: 'ok', durationMs: 1, queuedMs: 0, protocol: 'TLSv1.3', cipher: null, alpn: null, certificate },
  };
  const attempt: AttemptReport = {
    ...{ address: '10.0.0.1', family: 'ipv4', outcome: 'open', handshake: 'full', latencyMs: 1, queuedMs: 0 },
    ...{ rttMs: 1, synRetransmits: 0, cause: null, tls },
  };
  return { ...PLAIN, tls, attempts: [attempt] };
}

function withTrace(hops: number): CheckResult {
  const trace: TraceReport = {
    ...{ answeredAtTtl: null, by: null, last: null, summary: 'the SYN vanishes after TTL 3' },
    hops: Array.from({ length: hops }, (_, i) => ({ ttl: i + 1, address: '10.0.0.1', latencyMs: 1 })),
  };
  return { ...PLAIN, trace };
}

t.test('a result without TLS and trace weighs what its attempts do', (t) => {
  t.equal(bytesBeside(PLAIN), 0);
  t.equal(bytesBeside({ ...PLAIN, tls: null }), 0, 'nor does a handshake that did not come to be');
  t.end();
});

t.test('a TLS report weighs as a few attempts, and the longest certificate no less than its text in the reply', (t) => {
  const usual = bytesBeside(withTls(CERTIFICATE));
  t.ok(usual >= 2 * ATTEMPT_BYTES && usual <= 4 * ATTEMPT_BYTES, `${usual}`);
  const names = Array.from({ length: 80 }, (_, i) => `host-${String(i).padStart(3, '0')}.some-where.test`);
  const long = withTls({ ...CERTIFICATE, names, subject: 's'.repeat(500), issuer: 'i'.repeat(500) });
  t.ok(bytesBeside(long) > JSON.stringify(long).length);
  t.equal(sizeOf(long), 1, 'it is no more attempts for that, of which a reply holds so many');
  t.ok(bytesBeside(withTls(null)) < usual);
  t.end();
});

t.test('a trace weighs by its hops', (t) => {
  const [few, many] = [withTrace(2), withTrace(30)];
  t.ok(bytesBeside(few) > 0);
  t.ok(bytesBeside(many) > JSON.stringify(many.trace).length);
  t.ok(bytesBeside(many) > 3 * bytesBeside(few));
  t.end();
});

t.test('what a result of a stream weighs is held until it is told, and then given back', (t) => {
  const memory = new Pool(1_000_000, 'bytes').open('a');
  const result = { ...withTrace(20), ...withTls(CERTIFICATE) };
  const stream = new Budget(10).openStream('a', memory);
  stream.letIn(1);
  const before = memory.has;
  new Grant(stream, 1).end(sizeOf(result), bytesBeside(result));
  t.equal(memory.has, before + bytesBeside(result));
  stream.told(result);
  t.equal(memory.has, 0);
  stream.close();
  t.end();
});
