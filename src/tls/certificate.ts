// Certificates as a result reports them, and the chain that an answer stands on. Pure.
import type { X509Certificate } from 'node:crypto';
import type { CertificateReport } from '../check/tls.ts';

/** What a target may make a result hold: names as long as this together, and each other text. */
const MAX_NAMES_LENGTH = 2000;
const MAX_TEXT_LENGTH = 500;
const DAY_MS = 86_400_000;
const MAX_CHAIN = 32;

/** Trusted certificates by their subject: several may share one. */
export type Authorities = ReadonlyMap<string, readonly X509Certificate[]>;

/** What to report of `sent`, the target's own certificate first; `chain` is the verified one, null where there is none. */
export function reportCertificate(
  sent: readonly X509Certificate[],
  chain: readonly X509Certificate[] | null,
  now: number,
): CertificateReport | null {
  const [own] = sent;
  if (own === undefined) return null;
  const validTo = Date.parse(own.validTo);
  return {
    subject: oneLine(own.subject),
    issuer: oneLine(own.issuer),
    names: namesOf(own),
    validFrom: textOf(Date.parse(own.validFrom)),
    validTo: textOf(validTo),
    daysLeft: Number.isNaN(validTo) ? null : daysUntil(validTo, now),
    fingerprint256: own.fingerprint256,
    chain: sent.length,
    earliestValidTo: textOf(earliestValidTo(sent)),
    chainValidTo: chain === null ? null : textOf(earliestValidTo(chain)),
  };
}

export function daysUntil(instant: number, now: number): number {
  return Math.floor((instant - now) / DAY_MS);
}

/** In Unix milliseconds; NaN where one of them cannot be read. */
export function earliestValidTo(certificates: readonly X509Certificate[]): number {
  return Math.min(...certificates.map(({ validTo }) => Date.parse(validTo)));
}

/**
 * From the target's own certificate to a trusted one, as OpenSSL builds it: a trusted issuer comes before one that was
 * sent, so that an old cross-signature that the target still sends does not count.
 */
export function chainOf(sent: readonly X509Certificate[], authorities: Authorities): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = sent[0];
  while (next !== undefined && chain.length < MAX_CHAIN) {
    const certificate: X509Certificate = next;
    chain.push(certificate);
    if (certificate.checkIssued(certificate)) break;
    const isIssuer = (other: X509Certificate): boolean => certificate.checkIssued(other) && !chain.includes(other);
    next = authorities.get(certificate.issuer)?.find(isIssuer) ?? sent.find(isIssuer);
  }
  return chain;
}

/** DNS names and IP addresses. OpenSSL quotes a name that holds a comma, which is no name. */
function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  const names = (subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
  let length = 0;
  return names.filter((name) => (length += name.length) <= MAX_NAMES_LENGTH);
}

/** `CN=…, O=…`, in the certificate's own order. */
function oneLine(name: string | undefined): string {
  return abridged((name ?? '').replaceAll('\n', ', '));
}

function abridged(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

function textOf(ms: number): string | null {
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
