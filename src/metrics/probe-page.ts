// The page of GET /probe: one check as gauges, under the names that blackbox_exporter gave them, and some that it has not.
import { OUTCOMES } from '../check/outcome.ts';
import type { AttemptReport, CheckReply, CheckResult } from '../check/result.ts';
import type { TlsReport } from '../check/tls.ts';
import { parseAddress } from '../net/address.ts';

export interface ProbePageOptions {
  /** What the target had at the most. */
  readonly timeoutMs: number;
  /** Puts the whole reply into comments. */
  readonly debug: boolean;
}

/** FNV-1a in 32 bits: the number by which blackbox_exporter tells addresses apart. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** `reply` has one result. */
export function probePage(reply: CheckReply, { timeoutMs, debug }: ProbePageOptions): string {
  const [result] = reply.results;
  if (result === undefined) throw new Error('a probe has one target');
  const page = [
    ...likeBlackbox(result, reply.durationMs),
    ...gauge('probe_timeout_seconds', 'How long the target had at the most', { '': timeoutMs / 1000 }),
    ...ofTls(result.tls ?? null),
    ...beyondBlackbox(result),
  ];
  return `${[...page, ...(debug ? comments(reply) : [])].join('\n')}\n`;
}

function likeBlackbox({ ok, dns, address }: CheckResult, durationMs: number): string[] {
  const bytes = address === null ? null : (parseAddress(address)?.bytes ?? null);
  return [
    ...gauge('probe_success', 'Whether the target is as expected', { '': ok ? 1 : 0 }),
    ...gauge('probe_duration_seconds', 'How long the whole probe took', { '': durationMs / 1000 }),
    ...gauge('probe_dns_lookup_time_seconds', 'How long the lookup of the name took', {
      '': (dns?.durationMs ?? 0) / 1000,
    }),
    ...gauge('probe_ip_protocol', 'The IP version of the address: 4 or 6; 0 where there is none', {
      '': bytes === null ? 0 : bytes.length === 4 ? 4 : 6,
    }),
    ...gauge('probe_ip_addr_hash', 'A hash of the address, which changes when the address does', {
      '': bytes === null ? 0 : hashOf(bytes),
    }),
    ...gauge('probe_failed_due_to_regex', 'Always 0: no byte of what the target says is read', { '': 0 }),
  ];
}

/** What a handshake showed, as far as it came. */
function ofTls(tls: TlsReport | null): string[] {
  const { earliestValidTo = null, chainValidTo = null } = tls?.certificate ?? {};
  const version = tls?.protocol?.replace('TLSv', 'TLS ');
  return [
    ...gauge('probe_ssl_earliest_cert_expiry', 'When the first of the certificates that were sent ends', {
      ...(earliestValidTo === null ? {} : { '': secondsOf(earliestValidTo) }),
    }),
    ...gauge('probe_ssl_last_chain_expiry_timestamp_seconds', 'Until when the verified chain stands', {
      ...(chainValidTo === null ? {} : { '': secondsOf(chainValidTo) }),
    }),
    ...gauge('probe_tls_version_info', 'The version that was agreed on', version ? { [version]: 1 } : {}, 'version'),
  ];
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}

function beyondBlackbox(result: CheckResult): string[] {
  const phases = {
    resolve: result.dns?.durationMs ?? null,
    connect: result.latencyMs,
    rtt: decisive(result)?.rttMs ?? null,
    tls: result.tls?.durationMs ?? null,
  };
  const seconds = Object.entries(phases).flatMap(([phase, ms]) => (ms === null ? [] : [[phase, ms / 1000] as const]));
  const retransmits = result.attempts.reduce((sum, { synRetransmits }) => sum + synRetransmits, 0);
  return [
    ...gauge(
      'probe_tcp_duration_seconds',
      'How long each phase took, of those that took place',
      Object.fromEntries(seconds),
      'phase',
    ),
    ...gauge('probe_tcp_syn_retransmits', 'SYNs that the kernel sent again', { '': retransmits }),
    ...gauge(
      'probe_tcp_outcome',
      '1 for what the check came to, 0 for the other outcomes',
      Object.fromEntries(OUTCOMES.map((outcome) => [outcome, outcome === result.outcome ? 1 : 0])),
      'outcome',
    ),
  ];
}

/** The attempt that the result speaks of. */
function decisive({ address, outcome, latencyMs, attempts }: CheckResult): AttemptReport | undefined {
  return attempts.find(
    (attempt) => attempt.address === address && attempt.outcome === outcome && attempt.latencyMs === latencyMs,
  );
}

/** One metric; `values` by the value of `label`, under '' where there is no label. */
function gauge(name: string, help: string, values: Readonly<Record<string, number>>, label = ''): string[] {
  const samples = Object.entries(values).map(([is, value]) =>
    label === '' ? `${name} ${value}` : `${name}{${label}="${is}"} ${value}`,
  );
  return samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples];
}

function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, FNV_PRIME) >>> 0, FNV_OFFSET);
}

/** No line of JSON can be taken for HELP or TYPE, and a target's line ends are escaped in it. */
function comments(reply: CheckReply): string[] {
  return ['What the check came to:', ...JSON.stringify(reply, null, 2).split('\n')].map((line) => `# ${line}`);
}
