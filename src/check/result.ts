// The shapes of a check: what a caller may ask for and what it gets back. The contract is in docs/api.md.
// Times are milliseconds; results carry at most three decimals (microseconds).
import type { Expectation } from './expectation.ts';
import type { Cause, Outcome } from './outcome.ts';
import type { Target } from './target.ts';
import type { TlsOptions, TlsReport } from './tls.ts';

export const HANDSHAKES = ['half', 'full'] as const;
export type Handshake = (typeof HANDSHAKES)[number];
export const FAMILIES = ['ipv4', 'ipv6'] as const;
export type Family = (typeof FAMILIES)[number];

export const TRACES = ['none', 'on-failure', 'always'] as const;

export interface CheckOptions {
  /** What one target has from its own turn: for its lookup, then for its connects; with `count`, each round. */
  readonly timeoutMs: number;
  readonly handshake: Handshake;
  readonly family: 'any' | Family;
  readonly addresses: 'any' | 'all';
  readonly expect: Expectation;
  readonly count: number;
  readonly intervalMs: number;
  readonly sourceAddress: string | null;
  readonly sourceInterface: string | null;
  /** Whether the way to the target is traced: never, when it is not open, or always. */
  readonly trace: (typeof TRACES)[number];
  /** The TLS handshake that follows an open connect; null for none. */
  readonly tls: TlsOptions | null;
}

/** One caller's question about one target. */
export interface Check {
  readonly target: Target;
  readonly name: string | undefined;
  readonly options: CheckOptions;
}

export interface AttemptReport {
  /** From 1, when the check asked for more than one. */
  readonly round?: number;
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
  /** Where the SYN left from; null when none did. This and the next two are of an attempt that is not open. */
  readonly localAddress?: string | null;
  readonly localPort?: number | null;
  /** When the SYN left; where none did, when the attempt was given up. */
  readonly at?: string;
  /** Of a check with `tls`: what the handshake came to; null where there was none, or none to its end. */
  readonly tls?: TlsReport | null;
}

export interface DnsReport {
  /** From the lookup's turn to its answer. */
  readonly durationMs: number;
  /** Waiting inside reachd for a place among the lookups. */
  readonly queuedMs: number;
  readonly addresses: readonly string[];
  readonly cached: boolean;
}

export type OutcomeCounts = Readonly<Partial<Record<Outcome, number>>>;

/** Of the attempts that decided their rounds. */
export interface Stats {
  /** Rounds whose question was put. */
  readonly sent: number;
  readonly open: number;
  /** Of those that were sent, how many met silence. */
  readonly lossPercent: number;
  readonly minMs: number | null;
  readonly avgMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  readonly stddevMs: number | null;
  readonly synRetransmits: number;
  readonly outcomes: OutcomeCounts;
}

/** A router on the way. */
export interface Hop {
  /** How many routers a SYN meets up to there. */
  readonly ttl: number;
  /** Null where nobody answered, which proves nothing of that router. */
  readonly address: string | null;
  readonly latencyMs: number | null;
}

/** Where SYNs to the target end, and who answers them. */
export interface TraceReport {
  /** The least TTL with which a SYN is answered in the target's name; null when none is, or when it is not known. */
  readonly answeredAtTtl: number | null;
  /** Who answers; null where it cannot be known. */
  readonly by: 'target' | 'other' | null;
  /** In order, from TTL 1. */
  readonly hops: readonly Hop[];
  /** The farthest router that answered. */
  readonly last: { readonly ttl: number; readonly address: string } | null;
  /** The same in words. */
  readonly summary: string;
}

export interface CheckResult {
  readonly target: string;
  /** As the caller named the target; left out of the JSON when it did not. */
  readonly name?: string | undefined;
  /** Of a fleet's reply: from where it was asked. */
  readonly vantage?: string | undefined;
  readonly ok: boolean;
  /** Unless it is the default. */
  readonly expect?: Expectation | undefined;
  readonly outcome: Outcome;
  readonly latencyMs: number | null;
  readonly address: string | null;
  readonly dns: DnsReport | null;
  readonly cause: Cause | null;
  /** Of the attempt that decided, when the check asked for TLS. */
  readonly tls?: TlsReport | null | undefined;
  /** When the check asked for more than one repetition. */
  readonly stats?: Stats | undefined;
  readonly attempts: readonly AttemptReport[];
  /** Of a fleet's reply: the attempts were too many to be sent. */
  readonly truncated?: true | undefined;
  /** When one was asked for and made. */
  readonly trace?: TraceReport | undefined;
}

/** A point of view: from where the targets were asked. */
export interface Vantage {
  readonly name: string;
}

/** What one vantage point of a fleet had to say to a request. */
export interface VantageAnswer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether all, some or none of its results are its own. */
  readonly state: 'answered' | 'partial' | 'missing';
  /** By its own clock. */
  readonly checkedAt?: string | undefined;
  readonly durationMs?: number | undefined;
  /** Why there are results that are not its own. */
  readonly cause?: Cause | undefined;
}

export interface Summary {
  readonly total: number;
  readonly ok: number;
  /** Results that are not ok; of them, `outcomes.failed` are those that reachd itself could not ask. */
  readonly notOk: number;
  readonly outcomes: OutcomeCounts;
}

/** What ends a stream: `total` counts the targets, `invalid` the lines that are none. */
export interface StreamSummary extends Summary {
  readonly invalid: number;
}

/** The reply to one request: every target has exactly one result, in the order of the request. A door may list fewer. */
export interface CheckReply {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly vantage: Vantage;
  readonly durationMs: number;
  readonly summary: Summary;
  /** Of a fleet's reply: who was asked, in the order of their names. */
  readonly vantages?: readonly VantageAnswer[] | undefined;
  readonly results: readonly CheckResult[];
}
