// What a handshake's end means: one of the closed set of TLS outcomes, with a code and the words for it. Pure.
import type { X509Certificate } from 'node:crypto';
import type { CertificateReport, TlsOptions, TlsOutcome } from '../check/tls.ts';
import { parseAddress } from '../net/address.ts';
import { type Authorities, chainOf, daysUntil, earliestValidTo, reportCertificate } from './certificate.ts';
import type { HandshakeFailure, Secured, TargetEnd } from './handshake.ts';

export interface Verdict {
  readonly outcome: TlsOutcome;
  readonly code: string;
  readonly message: string;
  readonly certificate: CertificateReport | null;
}

/** What the target has to show. */
export interface Demand {
  /** The name or the address that its certificate has to be for. */
  readonly host: string;
  readonly options: TlsOptions;
  readonly authorities: Authorities;
  /** In Unix milliseconds: certificates know no other clock. */
  readonly now: number;
}

type Judgement = Pick<Verdict, 'outcome' | 'code' | 'message'>;

const OK: Judgement = { outcome: 'ok', code: 'ok', message: 'the handshake ended well' };

export function verdictOf(end: TargetEnd, demand: Demand): Verdict {
  if (end.how === 'timeout') {
    return {
      ...judgement('timeout', 'ETIMEDOUT', 'the TLS handshake did not end within the timeout'),
      certificate: null,
    };
  }
  const { secured } = end;
  const sent = secured?.sent ?? [];
  const isVerified = secured !== null && demand.options.verify && secured.verifyError === null;
  const chain = isVerified && sent.length > 0 ? chainOf(sent, demand.authorities) : null;
  const certificate = reportCertificate(sent, chain, demand.now);
  const judged = end.how === 'failed' ? judgeFailure(end.failure) : judgeSecured(end.secured, chain, demand);
  return { ...judged, certificate };
}

function judgement(outcome: TlsOutcome, code: string, message: string): Judgement {
  return { outcome, code, message };
}

/** OpenSSL's words for a first record that is none. */
const NOT_TLS: readonly string[] = [
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNKNOWN_PROTOCOL',
];

function judgeFailure({ code, reason, isAlert, isFin }: HandshakeFailure): Judgement {
  if (isAlert) return judgement('rejected', code, `the target sent a TLS alert: ${reason.replace(/^.*\balert /, '')}`);
  if (NOT_TLS.includes(code)) return judgement('not-tls', code, 'the target answered with something else than TLS');
  if (code.startsWith('ERR_')) {
    return judgement('rejected', code, `reachd does not take what the target answered: ${reason || code}`);
  }
  const how = isFin ? 'closed' : code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : `lost (${code})`;
  return judgement('reset', code, `the connection was ${how} before the TLS handshake ended`);
}

/** What is wrong about the chain comes first: the name in a certificate that nobody vouches for is anybody's. */
function judgeSecured(
  { verifyError, sent: [own] }: Secured,
  chain: readonly X509Certificate[] | null,
  { host, options, now }: Demand,
): Judgement {
  if (!options.verify) return OK;
  if (verifyError !== null) return judgeChain(verifyError, own);
  if (own === undefined) return judgement('untrusted', 'no-certificate', 'the target sent no certificate');
  if (!isFor(own, host)) {
    return judgement('name-mismatch', 'ERR_TLS_CERT_ALTNAME_INVALID', `the certificate is not for ${host}`);
  }
  const days = daysUntil(earliestValidTo(chain ?? [own]), now);
  if (days >= options.minDaysLeft) return OK;
  const what = daysUntil(Date.parse(own.validTo), now) === days ? 'the certificate' : 'a certificate of the chain';
  return judgement(
    'expiring',
    'expiring',
    `${what} ends in ${days} ${days === 1 ? 'day' : 'days'}, and has to last ${options.minDaysLeft}`,
  );
}

function judgeChain(code: string, own: X509Certificate | undefined): Judgement {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return judgement('expired', code, 'the certificate, or one of its chain, has expired');
    case 'CERT_NOT_YET_VALID':
      return judgement('not-yet-valid', code, 'the certificate, or one of its chain, is not valid yet');
    default:
      return judgement(
        'untrusted',
        code,
        UNTRUSTED[code] ??
          `the certificate is not trusted: ${own?.issuer === own?.subject ? 'it is self-signed' : code}`,
      );
  }
}

const NO_ISSUER = 'nobody trusted has issued the certificate, or the chain lacks a certificate in between';
const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in a self-signed certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NO_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: NO_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NO_ISSUER,
  CERT_REVOKED: 'the certificate is revoked',
};

/** By its subject alternative names; a common name does not count (RFC 9525, section 2). */
function isFor(certificate: X509Certificate, host: string): boolean {
  const address = parseAddress(host);
  if (address !== null) return certificate.checkIP(address.text) !== undefined;
  return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
}
