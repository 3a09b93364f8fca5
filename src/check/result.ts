// The shapes of a check: what a caller may ask for and what it gets back. The contract is in README.md, "The API".
// Times are milliseconds; results carry at most three decimals (microseconds).
import type { Cause, Outcome } from './outcome.ts';
import type { Target } from './target.ts';

export const HANDSHAKES = ['half', 'full'] as const;
export type Handshake = (typeof HANDSHAKES)[number];
export const FAMILIES = ['ipv4', 'ipv6'] as const;
export type Family = (typeof FAMILIES)[number];

export interface CheckOptions {
  /** Budget of the whole check of one target, name resolution included. */
  readonly timeoutMs: number;
  readonly handshake: Handshake;
  readonly family: 'any' | Family;
  readonly addresses: 'any' | 'all';
  readonly expect: 'open' | 'closed';
  readonly count: number;
  readonly intervalMs: number;
  readonly sourceAddress: string | null;
  readonly sourceInterface: string | null;
}

/** One caller's question about one target. */
export interface Check {
  readonly target: Target;
  readonly name: string | undefined;
  readonly options: CheckOptions;
}

export interface AttemptReport {
  readonly address: string;
  readonly family: Family;
  readonly outcome: Outcome;
  readonly handshake: Handshake;
  /** From connect start to outcome; null when no SYN was sent. */
  readonly latencyMs: number | null;
  /** Waiting inside reachd before the SYN left. */
  readonly queuedMs: number;
  /** The kernel's own SYN to SYN-ACK time; null when unknown or a SYN was retransmitted. */
  readonly rttMs: number | null;
  readonly synRetransmits: number;
  readonly cause: Cause | null;
}

export interface DnsReport {
  readonly durationMs: number;
  readonly addresses: readonly string[];
  readonly cached: boolean;
}

export interface Stats {
  readonly sent: number;
  readonly open: number;
  readonly lossPercent: number;
  readonly minMs: number | null;
  readonly avgMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  readonly stddevMs: number | null;
}

export interface CheckResult {
  readonly target: string;
  /** As the caller named the target; left out of the JSON when it did not. */
  readonly name?: string | undefined;
  readonly ok: boolean;
  readonly outcome: Outcome;
  readonly latencyMs: number | null;
  readonly address: string | null;
  readonly dns: DnsReport | null;
  readonly cause: Cause | null;
  /** When the check asked for more than one repetition. */
  readonly stats?: Stats | undefined;
  readonly attempts: readonly AttemptReport[];
}

export interface Summary {
  readonly total: number;
  readonly ok: number;
  readonly failed: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/** What ends a stream: `total` counts the targets, `invalid` the lines that are none. */
export interface StreamSummary extends Summary {
  readonly invalid: number;
}

/** The reply to one request: every target has exactly one result, in the order of the request. */
export interface CheckReply {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly durationMs: number;
  readonly summary: Summary;
  readonly results: readonly CheckResult[];
}
