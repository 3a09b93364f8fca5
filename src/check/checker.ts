// The story of a check: resolve → judge → attempt → report. It knows neither HTTP nor threads; the reactor and the policy
// are one method each to it. Two clocks: a target has its timeout from its own turn, a request its deadline from here.
import { callerOf } from '../callers/asker.ts';
import { monotonicMs, timestamp } from '../clock.ts';
import type { Address } from '../net/address.ts';
import type { EnforcedVerdict } from '../policy/policy-in-force.ts';
import { Asking, type Run } from './asking.ts';
import type { Reactor } from './attempt.ts';
import { Budget, type RequestAccount } from './budget.ts';
import { NO_USABLE_ADDRESS, usableOf } from './families.ts';
import type { Inquiry, OpenInquiry } from './inquiry.ts';
import type { CheckObserver } from './observer.ts';
import { finding, type Finding, NOT_STARTED } from './outcome.ts';
import { interleave } from './race.ts';
import { concludeRounds, hideAddresses, reportLookup, summarizeResults, unanswered } from './report.ts';
import { isFailure, outcomeOfLookup } from './lookup.ts';
import { RequestDeadline } from './request-deadline.ts';
import type { Resolver } from './resolver.ts';
import type { Check, CheckReply, CheckResult, DnsReport, Vantage } from './result.ts';
import { interruptionOf, makeRounds } from './rounds.ts';
import { Numbers } from './run.ts';
import { roundMs } from './stats.ts';

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

export class Checker {
  readonly #parts: CheckerParts;
  readonly #budget: Budget;
  readonly #numbers = new Numbers();
  readonly vantage: Vantage;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
    this.#budget = new Budget(parts.maxQueued);
    this.vantage = { name: parts.vantage };
  }

  /** Attempts, at the most, of the checks that have no result yet. */
  get queued(): number {
    return this.#budget.granted;
  }

  /** Asks all at once; each check gets exactly one result, in the order of `checks`. Rejects with OverloadedError. */
  async check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const account = this.#budget.open(checks.reduce((sum, { options }) => sum + options.count, 0));
    const checkedAt = timestamp();
    const startedAt = monotonicMs();
    const results = await this.#askAll(checks, inquiry, account);
    const summary = summarizeResults(results);
    const durationMs = roundMs(monotonicMs() - startedAt);
    return { ok: summary.notOk === 0, checkedAt, vantage: this.vantage, durationMs, summary, results };
  }

  /** The result of each, in the order of `checks`. Rejects with an error of ours. */
  #askAll(checks: readonly Check[], inquiry: Inquiry, account: RequestAccount): Promise<readonly CheckResult[]> {
    const results = new Array<CheckResult>(checks.length);
    let unsettled = checks.length;
    let close = (): void => undefined;
    const all = new Promise<readonly CheckResult[]>((resolve, broken) => {
      const told = (index: number, result: CheckResult): void => {
        results[index] = result;
        inquiry.onResult?.(index, result);
        if (--unsettled === 0) resolve(results);
      };
      const run = this.#begin(inquiry, account, told, broken);
      close = () => this.#close(run);
      checks.forEach((check, index) => this.#ask(check, index, run));
      if (checks.length === 0) resolve(results);
    });
    return all.finally(() => close());
  }

  /** An inquiry that is asked as it comes. `onBroken` is told of an error of ours, after which a result may be missing. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry {
    const account = this.#budget.openStream();
    const told = (index: number, result: CheckResult): void => inquiry.onResult?.(index, result);
    const run = this.#begin(inquiry, account, told, onBroken);
    return {
      room: ({ options }) => (account.letsIn(options.count) ? null : this.#budget.room),
      late: (check) => (run.deadline.isPassed ? tooLate(check, run) : null),
      ask: (check, index) => {
        account.extend(check.options.count);
        this.#ask(check, index, run);
      },
      close: () => this.#close(run),
    };
  }

  #begin(inquiry: Inquiry, account: RequestAccount, told: Run['told'], broken: Run['broken']): Run {
    const { asker, cancellation, deadlineMs = null } = inquiry;
    const { reactor, observer = null } = this.#parts;
    const { caller, request } = this.#numbers.open(callerOf(asker));
    const deadline = new RequestDeadline(deadlineMs);
    return { asker, caller, request, cancellation, deadline, account, reactor, observer, told, broken };
  }

  /** The inquiry has its last result. */
  #close({ asker, deadline }: Run): void {
    deadline.clear();
    this.#numbers.close(callerOf(asker));
  }

  /** Answers one check: resolve, judge, attempt, report. Each step may be the last. */
  #ask(check: Check, index: number, run: Run): void {
    const asking = new Asking(check, index, run);
    const { address } = check.target;
    try {
      if (address !== null) this.#reach(asking, null, [address]);
      else this.#resolve(asking).catch((error: unknown) => asking.break(error));
    } catch (error) {
      asking.break(error);
    }
  }

  async #resolve(asking: Asking): Promise<void> {
    const { check, waiting, observer } = asking;
    const lookup = await this.#parts.resolver.lookup(check.target.host, check.options.timeoutMs, waiting);
    observer?.lookup?.(lookup);
    const dns = reportLookup(lookup);
    if (isFailure(lookup.answer)) asking.settle(unanswered(check, dns, outcomeOfLookup(lookup.answer)));
    else this.#reach(asking, dns, interleave(lookup.answer));
  }

  /** Judges `found`, the addresses of the target, and attempts those that the check may use. */
  #reach(asking: Asking, dns: DnsReport | null, found: readonly Address[]): void {
    const { check, waiting } = asking;
    const { options } = check;
    const denied = this.#judge(asking, found);
    if (denied !== null) return asking.settle(unanswered(check, hideAddresses(dns), denied));

    const { addresses, source } = usableOf(found, options);
    // The reply lists every address of a name, also those that are not attempted.
    const most = Math.max(found.length, addresses.length * options.count, options.count);
    if (!asking.grant.extendTo(most)) {
      return asking.settle(unanswered(check, hideAddresses(dns), tooManyAttempts(most - options.count, found.length)));
    }
    if (addresses.length === 0) return asking.settle(unanswered(check, dns, NO_USABLE_ADDRESS));

    asking.addresses = addresses;
    asking.source = source;
    makeRounds(asking, Math.max(1, options.timeoutMs - (dns?.durationMs ?? 0)), (rounds) => {
      const interruption = rounds.length < options.count ? interruptionOf(waiting, rounds.length) : null;
      asking.settle(concludeRounds(check, dns, rounds, interruption));
    });
  }

  /** Any denied address denies the target: a name that also points elsewhere is not to be trusted with the rest. */
  #judge(asking: Asking, addresses: readonly Address[]): Finding | null {
    for (const address of addresses) {
      const verdict = this.#parts.policy.judge(address, asking.check.target.port);
      const rule = verdict.allowed ? verdict.reported : verdict.rule;
      if (rule === undefined) continue;
      asking.denial = { address: address.text, rule };
      if (!verdict.allowed) return finding('denied', 'policy', verdict.rule, verdict.reason);
    }
    return null;
  }
}

/** The result of a check that comes after its request's deadline, and is not asked. */
function tooLate(check: Check, { asker, observer }: Run): CheckResult {
  const result = unanswered(check, null, NOT_STARTED);
  observer?.settled?.(asker, check, result, null);
  return result;
}

function tooManyAttempts(more: number, addresses: number): Finding {
  const message = `the name’s ${addresses} addresses count as ${more} more attempts, which would be too many`;
  return finding('failed', 'local', 'too-many-attempts', message);
}
