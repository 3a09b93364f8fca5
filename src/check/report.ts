// What a check says of its attempts: one attempt's report, and the attempt that decides among several. Pure.
import type { AttemptResult } from '../reactor/protocol.ts';
import { monotonicMs, timestampOf } from '../clock.ts';
import { type Address, formatAddress } from '../net/address.ts';
import { explainUnmet, isMet, isOneEnough } from './expectation.ts';
import { finding, type Finding, type Outcome } from './outcome.ts';
import { isFailure, type Lookup } from './lookup.ts';
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
  const report: AttemptReport = {
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
  return outcome === 'open' ? report : { ...report, ...findable(result) };
}

/** What finds an attempt in the log of a firewall. */
function findable({
  tcp,
  startedAt,
  latencyMs,
  local,
}: AttemptResult): Pick<AttemptReport, 'localAddress' | 'localPort' | 'at'> {
  const isSent = startedAt !== null && tcp?.segsOut !== 0;
  const at = startedAt === null ? monotonicMs() : isSent ? startedAt : startedAt + (latencyMs ?? 0);
  return {
    localAddress: isSent && local !== null ? formatAddress(local.address.bytes) : null,
    localPort: isSent && local !== null ? local.port : null,
    at: timestampOf(at),
  };
}

/** The clearest answer first; what was not put comes before the other answers, for then nothing was proved. */
const BY_WEIGHT: readonly Outcome[] = ['open', 'failed', 'cancelled', 'refused', 'rejected', 'timeout', 'unreachable'];

/**
 * The attempt that decides a check of one or more addresses; null when there was none. It is the weightiest: of those that
 * are not as expected, where each has to be and one is not, else of all.
 */
export function decide(reports: readonly AttemptReport[], options: CheckOptions): AttemptReport | null {
  if (reports.length === 1) return reports[0] ?? null;
  const unmet = isOneEnough(options) ? [] : reports.filter((report) => !isMet(report, options.expect));
  const deciding = unmet.length > 0 ? unmet : reports;
  for (const outcome of BY_WEIGHT) {
    const weightiest = deciding.find((report) => report.outcome === outcome);
    if (weightiest !== undefined) return weightiest;
  }
  return null;
}

/** By answer: ten thousand checks of one name share its answer, and so its texts. */
const TEXTS = new WeakMap<readonly Address[], readonly string[]>();

export function reportLookup({ answer, durationMs, queuedMs, cached }: Lookup): DnsReport {
  const addresses = isFailure(answer) ? [] : textsOf(answer);
  return { durationMs: roundMs(durationMs), queuedMs: roundMs(queuedMs), addresses, cached };
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
  const deciding = decisive ?? NOT_BEGUN;
  const { expect } = options;
  const ok = isMet(deciding, expect);
  return {
    target: target.text,
    name,
    ok,
    expect: expect === 'open' ? undefined : expect,
    outcome: deciding.outcome,
    latencyMs: deciding.latencyMs,
    address: deciding.address,
    dns,
    cause: ok ? deciding.cause : explainUnmet(deciding, expect),
    tls: options.tls === null ? undefined : (decisive?.tls ?? null),
    stats: undefined,
    attempts,
  };
}

/**
 * The result of a check whose `rounds` are made: the first round that is not as expected decides, else what kept the check
 * from the others (`interruption`), else the last. With a `count` above 1 it has statistics.
 */
export function concludeRounds(
  check: Check,
  dns: DnsReport | null,
  rounds: readonly AttemptReport[][],
  interruption: Finding | null = null,
): CheckResult {
  const { options } = check;
  const [first = []] = rounds;
  if (options.count === 1) return resultOf(check, dns, first, decide(first, options));
  const decided = rounds.map((reports) => decide(reports, options)).filter((report) => report !== null);
  const unmet = decided.find((report) => !isMet(report, options.expect));
  const decisive = unmet ?? decided.at(-1) ?? null;
  const result = { ...resultOf(check, dns, rounds.flat(), decisive), stats: summarize(decided) };
  return unmet === undefined && interruption !== null ? { ...result, ok: false, ...interruption } : result;
}

/** The result of a check that came to no attempt. */
export function unanswered(check: Check, dns: DnsReport | null, found: Finding): CheckResult {
  const { expect } = check.options;
  const ok = isMet(found, expect);
  const cause = ok ? found.cause : explainUnmet(found, expect);
  return { ...resultOf(check, dns, [], null), ok, outcome: found.outcome, cause };
}

export function summarizeResults(results: readonly CheckResult[]): Summary {
  const tally = new Tally();
  for (const result of results) tally.count(result);
  return tally.summary;
}
