// The TLS phase as a check sees it: what may be asked of it, what it reports, and the one method that it is to a check. It
// knows neither sockets nor certificates.
import type { Connection } from '../reactor/protocol.ts';
import type { Cause, Finding } from './outcome.ts';
import type { Waiting } from './run.ts';

/** What a handshake came to. All but `ok` make the check not ok. */
export const TLS_OUTCOMES = [
  'ok',
  'untrusted',
  'expired',
  'not-yet-valid',
  'name-mismatch',
  'expiring',
  'not-tls',
  'rejected',
  'reset',
  'timeout',
] as const;
export type TlsOutcome = (typeof TLS_OUTCOMES)[number];

export interface TlsOptions {
  /** The name that is asked for and has to be in the certificate, instead of the target's; null for the target's own. */
  readonly servername: string | null;
  /** The protocols that are offered (RFC 7301), the best first. */
  readonly alpn: readonly string[];
  /** false: any certificate is taken, and still reported. */
  readonly verify: boolean;
  /** How many days the verified chain must last. */
  readonly minDaysLeft: number;
}

/** Times are RFC 3339, in UTC; null where a certificate holds one that cannot be read. */
export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and IP addresses, the first of them as far as 2000 characters go. */
  readonly names: readonly string[];
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** Whole days until `validTo`; negative afterwards. */
  readonly daysLeft: number | null;
  readonly fingerprint256: string;
  /** How many certificates the target sent. */
  readonly chain: number;
  /** The earliest `validTo` of all that the target sent. */
  readonly earliestValidTo: string | null;
  /** Until when the chain to a trusted root stands: its earliest `validTo`; null where it was not verified. */
  readonly chainValidTo: string | null;
}

export interface TlsReport {
  readonly outcome: TlsOutcome;
  /** From the first byte of the handshake to its end. */
  readonly durationMs: number;
  /** What the connection waited inside reachd for its turn. */
  readonly queuedMs: number;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly alpn: string | null;
  readonly certificate: CertificateReport | null;
}

/** A handshake that came to an outcome. */
export interface TlsAnswer {
  readonly report: TlsReport;
  /** Why it is not ok. */
  readonly cause: Cause | null;
}

/** A connection on which hands are to be shaken. */
export interface OpenConnection {
  readonly connection: Connection;
  /** The instant at which the target has had its time, in monotonic milliseconds. What is waited from now on is added. */
  readonly endsAt: number;
}

export interface TlsPhase {
  /**
   * Shakes hands when it is the caller's turn, as a client of the host `host`, and ends `open.connection` in any case. A
   * Finding where reachd could not, or the caller does not wait any more. Never rejects.
   */
  shakeHands(open: OpenConnection, host: string, options: TlsOptions, waiting: Waiting): Promise<TlsAnswer | Finding>;
}
