// What a check says of its attempts: one attempt's report, and the attempt that decides among several. Pure.
import type { AttemptResult } from '../reactor/protocol.ts';
import type { Address } from '../net/address.ts';
import { finding, type Finding, type Outcome } from './outcome.ts';
import { isFailure, type Lookup } from './resolver.ts';
import type { AttemptReport, Check, CheckOptions, CheckResult, DnsReport, Handshake, Summary } from './result.ts';
import { roundMs, summarize } from './stats.ts';
import { Tally } from './tally.ts';

/** The report of one attempt on `address` that was asked for with `handshake`. */
export function reportAttempt(
  address: Address,
  handshake: Handshake,
  result: AttemptResult,
  { outcome, cause }: Finding,
): AttemptReport {
  const { tcp } = result;
  // connect(2) itself may have said that there is no way.
  const latencyMs = tcp?.segsOut === 0 ? null : result.latencyMs;
  const synRetransmits = tcp?.synRetransmits ?? 0;
  const acknowledged = outcome === 'open' && tcp !== null && tcp.segsOut > 1 + synRetransmits;
  return {
    address: address.text,
    family: address.family === 4 ? 'ipv4' : 'ipv6',
    outcome,
    // A half-open attempt that overstayed the kernel's delayed ACK became a full handshake, and says so.
    handshake: acknowledged ? 'full' : handshake,
    latencyMs: latencyMs === null ? null : roundMs(latencyMs),
    queuedMs: roundMs(result.queuedMs),
    rttMs: outcome === 'open' && tcp !== null && tcp.rttUs > 0 && synRetransmits === 0 ? tcp.rttUs / 1000 : null,
    synRetransmits,
    cause,
  };
}

/** Without an open address: what was not asked comes first, for then nothing was proved; then the strongest answer. */
const BY_WEIGHT: readonly Outcome[] = ['failed', 'cancelled', 'refused', 'rejected', 'timeout', 'unreachable'];

/**
 * The attempt that decides a check of one or more addresses; null when there was none. One open address is enough for
 * `any` and too many for `expect: closed`; with `all` and `expect: open` it takes one that is not open to decide.
 */
export function decide(reports: readonly AttemptReport[], options: CheckOptions): AttemptReport | null {
  const byOpen = (report: AttemptReport): boolean => report.outcome === 'open';
  const openDecides = options.addresses === 'any' || options.expect === 'closed';
  const open = reports.find(byOpen);
  if (openDecides && open !== undefined) return open;
  for (const outcome of BY_WEIGHT) {
    const heaviest = reports.find((report) => report.outcome === outcome);
    if (heaviest !== undefined) return heaviest;
  }
  return open ?? null;
}

const CLOSED = new Set<Outcome>(['refused', 'rejected', 'unreachable', 'timeout']);

/** Whether `outcome` is what the caller expects. An outcome of a question that was not put never is. */
export function isExpected(outcome: Outcome, expect: CheckOptions['expect']): boolean {
  return expect === 'open' ? outcome === 'open' : CLOSED.has(outcome);
}

/** By answer: ten thousand checks of one name share its answer, and so its texts. */
const TEXTS = new WeakMap<readonly Address[], readonly string[]>();

export function reportLookup({ answer, durationMs, cached }: Lookup): DnsReport {
  return { durationMs: roundMs(durationMs), addresses: isFailure(answer) ? [] : textsOf(answer), cached };
}

/** For a check that came to no attempt: what was found is not the caller's to know, or more than its reply may hold. */
export function hideAddresses(dns: DnsReport | null): DnsReport | null {
  return dns === null ? null : { ...dns, addresses: [] };
}

function textsOf(answer: readonly Address[]): readonly string[] {
  let texts = TEXTS.get(answer);
  if (texts === undefined) TEXTS.set(answer, (texts = answer.map(({ text }) => text)));
  return texts;
}

/** What stands for the attempt that decides where the caller left before there was one. */
const NOT_BEGUN = {
  ...finding('cancelled', 'local', 'ECANCELED', 'cancelled before the first attempt'),
  latencyMs: null,
  address: null,
};

/** The result of a check whose `attempts` are made and whose `decisive` one, if any, speaks for it. */
export function resultOf(
  { target, name, options }: Check,
  dns: DnsReport | null,
  attempts: readonly AttemptReport[],
  decisive: AttemptReport | null,
): CheckResult {
  const { outcome, latencyMs, address, cause } = decisive ?? NOT_BEGUN;
  return {
    target: target.text,
    name,
    ok: isExpected(outcome, options.expect),
    outcome,
    latencyMs,
    address,
    dns,
    cause,
    stats: undefined,
    attempts,
  };
}

/**
 * The result of a check whose `rounds` are made: the first round that is not as expected decides, else the last. With a
 * `count` above 1 it has statistics.
 */
export function concludeRounds(check: Check, dns: DnsReport | null, rounds: readonly AttemptReport[][]): CheckResult {
  const { options } = check;
  const [first = []] = rounds;
  if (options.count === 1) return resultOf(check, dns, first, decide(first, options));
  const decided = rounds.map((reports) => decide(reports, options)).filter((report) => report !== null);
  const decisive = decided.find(({ outcome }) => !isExpected(outcome, options.expect)) ?? decided.at(-1) ?? null;
  // A question that was not put is not lost.
  const asked = decided.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'cancelled');
  const latencies = decided.filter(({ outcome }) => outcome === 'open').map(({ latencyMs }) => latencyMs ?? 0);
  return { ...resultOf(check, dns, rounds.flat(), decisive), stats: summarize(asked.length, latencies) };
}

/** The result of a check that came to no attempt. */
export function unanswered(check: Check, dns: DnsReport | null, { outcome, cause }: Finding): CheckResult {
  return { ...resultOf(check, dns, [], null), outcome, cause };
}

export function summarizeResults(results: readonly CheckResult[]): Summary {
  const tally = new Tally();
  for (const result of results) tally.count(result);
  return tally.summary;
}
