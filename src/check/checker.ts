// The story of a check: resolve → judge → attempt → report. It knows neither HTTP nor threads; the reactor and the policy
// are one method each to it. Two clocks: a target has its timeout from its own turn, a request its deadline from here.
import { type Asker, callerOf } from '../callers/asker.ts';
import { monotonicMs, timestamp } from '../clock.ts';
import type { Address } from '../net/address.ts';
import type { EnforcedVerdict } from '../policy/policy-in-force.ts';
import type { Reactor } from './attempt.ts';
import { Budget, type Grant, type RequestAccount } from './budget.ts';
import type { Cancellation } from './cancellation.ts';
import { NO_USABLE_ADDRESS, usableOf } from './families.ts';
import type { CheckObserver, Denial } from './observer.ts';
import { finding, type Finding, NOT_STARTED } from './outcome.ts';
import { interleave } from './race.ts';
import { concludeRounds, hideAddresses, reportLookup, summarizeResults, unanswered } from './report.ts';
import { isFailure, outcomeOfLookup } from './lookup.ts';
import { RequestDeadline } from './request-deadline.ts';
import type { Resolver } from './resolver.ts';
import type { Check, CheckReply, CheckResult, DnsReport, Vantage } from './result.ts';
import { interruptionOf, makeRounds } from './rounds.ts';
import { Numbers, type Waiting } from './run.ts';
import { roundMs } from './stats.ts';
import type { Wait } from './waiting-line.ts';

/** One request of an asker. */
export interface Inquiry {
  readonly asker: Asker;
  /** Cancelled: what is left of the request becomes `cancelled`. */
  readonly cancellation: Cancellation;
  /** Milliseconds from now in which everything has to be answered; without one there is no such bound. */
  readonly deadlineMs?: number | null;
  /** Sees each result as it settles. */
  readonly onResult?: ((index: number, result: CheckResult) => void) | undefined;
}

/** An inquiry whose checks are asked one after the other, without end if need be. */
export interface OpenInquiry {
  /** The result of a `check` that comes after the request's deadline, and is not asked; null before that. */
  late(check: Check): CheckResult | null;
  /** Null where `check` may be asked now; else what it has to wait for. */
  room(check: Check): Wait | null;
  /** Asks `check`, for which there is room; its result goes to `onResult` under `index`, and is not kept. */
  ask(check: Check, index: number): void;
  /** After the last result. */
  close(): void;
}

/** What a check needs of the address policy. */
export interface Policy {
  judge(address: Address, port: number): EnforcedVerdict;
}

export interface CheckerParts {
  readonly reactor: Reactor;
  readonly resolver: Pick<Resolver, 'lookup'>;
  readonly policy: Policy;
  /** Attempts accepted and not yet answered, over all callers: what holds memory for a reply is counted. */
  readonly maxQueued: number;
  /** This vantage point's name, which every reply says. */
  readonly vantage: string;
  readonly observer?: CheckObserver | null;
}

/** An inquiry on its way through. */
interface Run extends Waiting {
  readonly inquiry: Inquiry;
  readonly account: RequestAccount;
  /** Made with the first denial, for there are few. */
  denials: Map<Check, Denial> | null;
}

/** A target's addresses, or why it has none. */
type Found =
  | { readonly dns: DnsReport | null; readonly addresses: readonly Address[] }
  | { readonly dns: DnsReport | null; readonly failure: Finding };

export class Checker {
  readonly #parts: CheckerParts;
  readonly #budget: Budget;
  readonly #observer: CheckObserver | null;
  readonly #numbers = new Numbers();
  readonly vantage: Vantage;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
    this.#budget = new Budget(parts.maxQueued);
    this.#observer = parts.observer ?? null;
    this.vantage = { name: parts.vantage };
  }

  /** Attempts, at the most, of the checks that have no result yet. */
  get queued(): number {
    return this.#budget.granted;
  }

  /** Asks all at once; each check gets exactly one result, in the order of `checks`. Rejects with OverloadedError. */
  async check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const account = this.#budget.open(checks.reduce((sum, { options }) => sum + options.count, 0));
    const run = this.#begin(inquiry, account);
    const checkedAt = timestamp();
    const startedAt = monotonicMs();
    try {
      const results = await Promise.all(checks.map((check, index) => this.#settle(check, index, run)));
      const summary = summarizeResults(results);
      const durationMs = roundMs(monotonicMs() - startedAt);
      return { ok: summary.notOk === 0, checkedAt, vantage: this.vantage, durationMs, summary, results };
    } finally {
      this.#close(run);
    }
  }

  /** An inquiry that is asked as it comes. `onBroken` is told of an error of ours, after which a result may be missing. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry {
    const account = this.#budget.openStream();
    const run = this.#begin(inquiry, account);
    return {
      room: ({ options }) => (account.letsIn(options.count) ? null : this.#budget.room),
      late: (check) => (run.deadline.isPassed ? this.#tooLate(check, run) : null),
      ask: (check, index) => {
        account.extend(check.options.count);
        this.#settle(check, index, run).catch(onBroken);
      },
      close: () => this.#close(run),
    };
  }

  #begin(inquiry: Inquiry, account: RequestAccount): Run {
    const { caller, request } = this.#numbers.open(callerOf(inquiry.asker));
    const deadline = new RequestDeadline(inquiry.deadlineMs ?? null);
    return { inquiry, caller, request, cancellation: inquiry.cancellation, deadline, account, denials: null };
  }

  /** A check that comes after its request's deadline is not asked. */
  #tooLate(check: Check, { inquiry }: Run): CheckResult {
    const result = unanswered(check, null, NOT_STARTED);
    this.#observer?.settled?.(inquiry.asker, check, result, null);
    return result;
  }

  /** The inquiry has its last result. */
  #close({ inquiry, deadline }: Run): void {
    deadline.clear();
    this.#numbers.close(callerOf(inquiry.asker));
  }

  /** Answers one check, tells of it, and gives back what it was granted. */
  async #settle(check: Check, index: number, run: Run): Promise<CheckResult> {
    const { asker, onResult } = run.inquiry;
    const grant = run.account.grant(check.options.count);
    let held = 0;
    try {
      const result = await this.#answer(check, run, grant);
      held = Math.max(result.attempts.length, result.dns?.addresses.length ?? 0);
      this.#observer?.settled?.(asker, check, result, run.denials?.get(check) ?? null);
      run.denials?.delete(check);
      onResult?.(index, result);
      return result;
    } finally {
      // A stream may have denials without number.
      run.denials?.delete(check);
      grant.end(held);
    }
  }

  /** Resolve, judge, attempt, report. Each step may be the last. */
  async #answer(check: Check, run: Run, grant: Grant): Promise<CheckResult> {
    const { target, options } = check;
    const found: Found =
      target.address === null
        ? await this.#resolve(target.host, options.timeoutMs, run)
        : { dns: null, addresses: [target.address] };
    const { dns } = found;
    if ('failure' in found) return unanswered(check, dns, found.failure);

    const denied = this.#judge(check, found.addresses, run);
    if (denied !== null) return unanswered(check, hideAddresses(dns), denied);

    const { addresses, source } = usableOf(found.addresses, options);
    // The reply lists every address of a name, also those that are not attempted.
    const most = Math.max(found.addresses.length, addresses.length * options.count, options.count);
    if (!grant.extendTo(most)) {
      return unanswered(check, hideAddresses(dns), tooManyAttempts(most - options.count, found.addresses.length));
    }
    if (addresses.length === 0) return unanswered(check, dns, NO_USABLE_ADDRESS);

    const { reactor } = this.#parts;
    const plan = { check, addresses, source, waiting: run, reactor, observer: this.#observer };
    const rounds = await makeRounds(plan, Math.max(1, options.timeoutMs - (dns?.durationMs ?? 0)));
    return concludeRounds(
      check,
      dns,
      rounds,
      rounds.length < options.count ? interruptionOf(run, rounds.length) : null,
    );
  }

  async #resolve(name: string, timeoutMs: number, run: Run): Promise<Found> {
    const lookup = await this.#parts.resolver.lookup(name, timeoutMs, run);
    this.#observer?.lookup?.(lookup);
    const dns = reportLookup(lookup);
    if (isFailure(lookup.answer)) return { dns, failure: outcomeOfLookup(lookup.answer) };
    return { dns, addresses: interleave(lookup.answer) };
  }

  /** Any denied address denies the target: a name that also points elsewhere is not to be trusted with the rest. */
  #judge(check: Check, addresses: readonly Address[], run: Run): Finding | null {
    for (const address of addresses) {
      const verdict = this.#parts.policy.judge(address, check.target.port);
      const rule = verdict.allowed ? verdict.reported : verdict.rule;
      if (rule === undefined) continue;
      (run.denials ??= new Map()).set(check, { address: address.text, rule });
      if (!verdict.allowed) return finding('denied', 'policy', verdict.rule, verdict.reason);
    }
    return null;
  }
}

function tooManyAttempts(more: number, addresses: number): Finding {
  const message = `the name’s ${addresses} addresses count as ${more} more attempts, which would be too many`;
  return finding('failed', 'local', 'too-many-attempts', message);
}
