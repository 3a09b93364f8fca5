// The story of a check: resolve, ask the policy, attempt, report. It knows neither HTTP nor threads; the reactor is one
// method to it. The deadline is fixed once; everything below takes the deadline, not the timeout.
import { monotonicMs, timestamp } from '../clock.ts';
import type { AttemptResult, Endpoint, Source, StartOptions } from '../reactor/protocol.ts';
import { parseAddress, type Address } from '../net/address.ts';
import type { EnforcedVerdict } from '../policy/policy-in-force.ts';
import { familiesLeft } from './families.ts';
import { because, judgeAttempt, judgeLookup, type Cause, type Judgement } from './outcome.ts';
import { interleave, race } from './race.ts';
import { concludeRounds } from './repeat.ts';
import { hideAddresses, reportAttempt, reportLookup, summarizeResults, unanswered } from './report.ts';
import { isFailure, type Resolver } from './resolver.ts';
import type { AttemptReport, Check, CheckOptions, CheckReply, CheckResult, DnsReport, Handshake } from './result.ts';
import { round } from './stats.ts';

const UNUSABLE = 'no address of the family that the check may use';

/** What a check needs of the reactor. Never rejects; an aborted signal cancels. */
export interface Reactor {
  attempt(endpoint: Endpoint, options: StartOptions & { signal: AbortSignal }): Promise<AttemptResult>;
}

/** What a check needs of the address policy. */
export interface Policy {
  judge(address: Address, port: number): EnforcedVerdict;
}

/** What the policy holds against a target: for whoever keeps the log. A caller learns no address behind a denied name. */
export interface Denial {
  readonly address: string;
  readonly rule: string;
}

/** Sees each result as it settles. */
export type OnResult = (index: number, result: CheckResult, denial: Denial | null) => void;

export interface CheckerParts {
  readonly reactor: Reactor;
  readonly resolver: Pick<Resolver, 'lookup'>;
  readonly policy: Policy;
  /** Attempts accepted and not yet answered, over all callers: what holds memory for a reply is counted. */
  readonly maxQueued: number;
  /** Told once of each errno that the outcome table did not foresee. */
  readonly onUnexpected?: (cause: Cause) => void;
}

/** More attempts than `maxQueued` would be waiting. Thrown before any work. */
export class OverloadedError extends Error {
  constructor(asked: number, queued: number) {
    super(`${asked} more attempts on top of ${queued} would be too many`);
    this.name = 'OverloadedError';
  }
}

/** One caller's request on its way through. */
interface Run {
  readonly caller: number;
  readonly signal: AbortSignal;
  /** What its settled checks have put into its reply, and all that the others may yet. */
  attempts: number;
  /** Made with the first denial, for there are few. */
  denials: Map<Check, Denial> | null;
}

export class Checker {
  readonly #parts: CheckerParts;
  readonly #unexpected = new Set<string>();
  #callers = 0;
  #queued = 0;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
  }

  /** Attempts, at the most, of the checks that have no result yet. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Puts all questions at once; each gets exactly one result, in the order of `checks`. An aborted `signal` makes what is
   * left `cancelled`. `onResult` sees each result as it settles. Throws OverloadedError.
   */
  async check(checks: readonly Check[], signal: AbortSignal, onResult?: OnResult): Promise<CheckReply> {
    const asked = checks.reduce((sum, { options }) => sum + options.count, 0);
    if (this.#queued + asked > this.#parts.maxQueued) throw new OverloadedError(asked, this.#queued);
    const checkedAt = timestamp();
    const startedAt = monotonicMs();
    const run: Run = { caller: (this.#callers = (this.#callers + 1) | 0), signal, attempts: asked, denials: null };
    this.#queued += asked;
    const results = await Promise.all(
      checks.map(async (check, index) => {
        try {
          const result = await this.#checkOne(check, run);
          onResult?.(index, result, run.denials?.get(check) ?? null);
          return result;
        } finally {
          this.#queued -= check.options.count;
        }
      }),
    );
    const summary = summarizeResults(results);
    return { ok: summary.failed === 0, checkedAt, durationMs: round(monotonicMs() - startedAt), summary, results };
  }

  #checkOne(check: Check, run: Run): Promise<CheckResult> | CheckResult {
    const { target, options } = check;
    const deadline = monotonicMs() + options.timeoutMs;
    if (target.address === null) return this.#resolve(check, deadline, run);
    return this.#reach(check, [target.address], null, deadline, run);
  }

  async #resolve(check: Check, deadline: number, run: Run): Promise<CheckResult> {
    const lookup = await this.#parts.resolver.lookup(check.target.host, deadline, run.signal);
    const dns = reportLookup(lookup);
    if (isFailure(lookup.answer)) return unanswered(check, dns, judgeLookup(lookup.answer));
    return this.#reach(check, interleave(lookup.answer), dns, deadline, run);
  }

  /** Any denied address denies the target: a name that also points elsewhere is not to be trusted with the rest. */
  #reach(
    check: Check,
    addresses: readonly Address[],
    dns: DnsReport | null,
    deadline: number,
    run: Run,
  ): Promise<CheckResult> | CheckResult {
    const { target, options } = check;
    for (const address of addresses) {
      const verdict = this.#parts.policy.judge(address, target.port);
      const rule = verdict.allowed ? verdict.reported : verdict.rule;
      if (rule !== undefined) (run.denials ??= new Map()).set(check, { address: address.text, rule });
      if (verdict.allowed) continue;
      return unanswered(check, hideAddresses(dns), because('denied', 'policy', verdict.rule, verdict.reason));
    }
    const source = sourceOf(options);
    const families = familiesLeft(options.family, source?.address?.family ?? null);
    const usable = addresses.filter(({ family }) => families.includes(family));
    // The reply lists every address of a name, also those that are not attempted.
    const more = Math.max(addresses.length, usable.length * options.count, options.count) - options.count;
    if (more > 0 && !this.#grant(more, run)) {
      return unanswered(check, hideAddresses(dns), tooManyAttempts(more, addresses.length));
    }
    const round = (until: number): Promise<AttemptReport[]> => this.#round(usable, check, source, until, run);
    const answer =
      usable.length === 0
        ? unanswered(check, dns, because('unresolved', 'dns', 'no-usable-address', UNUSABLE))
        : concludeRounds(check, dns, round, deadline, run.signal);
    return more === 0 ? answer : this.#endGrant(answer, more, options.count + more, addresses.length, run);
  }

  /** Whether there is room for attempts that nobody could foresee when the request came; then they are counted in. */
  #grant(attempts: number, run: Run): boolean {
    if (Math.max(this.#queued, run.attempts) + attempts > this.#parts.maxQueued) return false;
    this.#queued += attempts;
    run.attempts += attempts;
    return true;
  }

  /**
   * The answer of a check that was granted `more`, `most` in all. A race makes no more attempts than it takes, and a caller
   * who leaves none: what the reply then holds are those, or the `listed` addresses of the name.
   */
  async #endGrant(
    answer: Promise<CheckResult> | CheckResult,
    more: number,
    most: number,
    listed: number,
    run: Run,
  ): Promise<CheckResult> {
    try {
      const result = await answer;
      run.attempts -= most - Math.max(listed, result.attempts.length);
      return result;
    } finally {
      this.#queued -= more;
    }
  }

  /** One attempt on the only address, or on several: as a race where the first open one decides, else all at once. */
  #round(
    addresses: readonly Address[],
    { target, options }: Check,
    source: Source | null,
    deadline: number,
    { caller, signal }: Run,
  ): Promise<AttemptReport[]> {
    const { handshake } = options;
    const ask = (address: Address, until: AbortSignal): Promise<AttemptResult> =>
      this.#parts.reactor.attempt(
        { address, port: target.port },
        { deadline, handshake, caller, source, signal: until },
      );
    const [only] = addresses;
    // Nearly every check. What the other way makes for one address, the collector copies twice before its answer is here,
    // and a large request keeps the collector busier than anybody else on this thread.
    if (only !== undefined && addresses.length === 1) {
      return ask(only, signal).then((result) => [this.#report(only, handshake, result)]);
    }
    const attempt = async (address: Address, until: AbortSignal): Promise<AttemptReport> =>
      this.#report(address, handshake, await ask(address, until));
    // One open address answers `any`. That none is takes the word of each, and then each has the whole time.
    const first = options.addresses === 'any' && options.expect === 'open';
    if (first) return race(addresses, attempt, deadline, signal);
    return Promise.all(addresses.map((address) => attempt(address, signal)));
  }

  #report(address: Address, handshake: Handshake, result: AttemptResult): AttemptReport {
    const judgement = judgeAttempt(result);
    if (judgement.unexpected === true) this.#tellOnce(judgement.cause);
    return reportAttempt(address, handshake, result, judgement);
  }

  #tellOnce(cause: Cause | null): void {
    if (cause === null || this.#unexpected.has(cause.code)) return;
    this.#unexpected.add(cause.code);
    this.#parts.onUnexpected?.(cause);
  }
}

/** What binds the sockets of a check; null when nothing does. The contract has made sure that the address is one. */
function sourceOf({ sourceAddress, sourceInterface }: CheckOptions): Source | null {
  if (sourceAddress === null && sourceInterface === null) return null;
  return { address: sourceAddress === null ? null : parseAddress(sourceAddress), interface: sourceInterface };
}

function tooManyAttempts(more: number, addresses: number): Judgement {
  const message = `the name’s ${addresses} addresses count as ${more} more attempts, which would be too many`;
  return because('failed', 'local', 'too-many-attempts', message);
}
