// What a result counts for, from its check's target to its text: in attempts, which a reply may hold so many of, and in
// bytes of memory. Pure.
import type { CheckResult, TraceReport } from './result.ts';
import type { CertificateReport, TlsReport } from './tls.ts';

/** What a check takes from its target to the text of its result, with one attempt; and each further attempt. In bytes. */
export const CHECK_BYTES = 2048;
export const ATTEMPT_BYTES = 768;

/** A TLS report without the texts of its certificate, and each router of a trace. In bytes, with the reply's text. */
const TLS_BYTES = 2 * ATTEMPT_BYTES;
const HOP_BYTES = 160;

/** Attempts that a result holds; one at the least. It lists the addresses of a name, also those that were not attempted. */
export function sizeOf({ attempts, dns }: CheckResult): number {
  return Math.max(1, attempts.length, dns?.addresses.length ?? 0);
}

/** The memory of what a result holds beside its attempts: nothing, unless its check asked for TLS or a trace. */
export function bytesBeside({ attempts, tls, trace }: CheckResult): number {
  let bytes = trace === undefined ? 0 : bytesOfTrace(trace);
  if (tls === undefined) return bytes;
  for (const attempt of attempts) bytes += bytesOfTls(attempt.tls ?? null);
  return bytes;
}

function bytesOfTrace({ hops, summary }: TraceReport): number {
  return ATTEMPT_BYTES + 2 * summary.length + hops.length * HOP_BYTES;
}

function bytesOfTls(tls: TlsReport | null): number {
  const certificate = tls?.certificate ?? null;
  return tls === null ? 0 : TLS_BYTES + (certificate === null ? 0 : bytesOfTexts(certificate));
}

/** Each text is held once, and stands twice in the reply: in the attempt, and in the result that it decided. */
function bytesOfTexts({ subject, issuer, names }: CertificateReport): number {
  return 3 * names.reduce((sum, name) => sum + name.length, subject.length + issuer.length);
}
