// The story of a check: resolve → judge → attempt → report. It knows neither HTTP nor threads; the reactor and the policy
// are one method each to it. Two clocks: a target has its timeout from its own turn, a request its deadline from here.
import { performance } from 'node:perf_hooks';
import { callerOf } from '../callers/asker.ts';
import { monotonicMs, timestamp } from '../clock.ts';
import type { Address } from '../net/address.ts';
import { Asking, type Run } from './asking.ts';
import type { Reactor } from './attempt.ts';
import { Budget, type RequestAccount } from './budget.ts';
import { NO_USABLE_ADDRESS, usableOf } from './families.ts';
import type { Inquiry, OpenInquiry } from './inquiry.ts';
import type { CheckObserver } from './observer.ts';
import { finding, type Finding, NOT_STARTED } from './outcome.ts';
import { interleave, MIN_LEFT_MS } from './race.ts';
import { concludeRounds, hideAddresses, reportLookup, summarizeResults, unanswered } from './report.ts';
import { CANCELLED, isFailure, outcomeOfLookup, SILENCE } from './lookup.ts';
import { RequestDeadline } from './request-deadline.ts';
import type { Resolver } from './resolver.ts';
import type { Check, CheckReply, CheckResult, DnsReport, Vantage } from './result.ts';
import { interruptionOf, makeRounds } from './rounds.ts';
import { Numbers } from './run.ts';
import { roundMs } from './stats.ts';
import { Slices } from '../slices.ts';
import { type Policy, Verdicts } from './verdicts.ts';

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

const FEW = 16; // Checks that are begun without a look at the clock.

export class Checker {
  readonly #parts: CheckerParts;
  readonly #budget: Budget;
  readonly #verdicts: Verdicts;
  readonly #numbers = new Numbers();
  readonly #slices = new Slices();
  readonly vantage: Vantage;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
    this.#budget = new Budget(parts.maxQueued);
    this.#verdicts = new Verdicts(parts.policy);
    this.vantage = { name: parts.vantage };
  }

  /** Attempts, at the most, of the checks that have no result yet. */
  get queued(): number {
    return this.#budget.attempts.taken;
  }

  /** Asks all at once; each check gets exactly one result, in the order of `checks`. Rejects with NoRoomError. */
  async check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const { asker, memory = null } = inquiry;
    const attempts = checks.reduce((sum, { options }) => sum + options.count, 0);
    const account = this.#budget.open(callerOf(asker), checks.length, attempts, memory);
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
      if (checks.length === 0) resolve(results);
      else if (checks.length <= FEW) checks.forEach((check, index) => this.#ask(check, index, run));
      else this.#askInSlices(checks, run);
    });
    return all.finally(() => close());
  }

  /** To begin a check takes time, too: other callers have their turn in between. */
  #askInSlices(checks: readonly Check[], run: Run): void {
    let next = 0;
    const begin = (until: number): boolean => {
      for (let check = checks[next]; check !== undefined; check = checks[next]) {
        this.#ask(check, next++, run);
        if (next % FEW === 0 && performance.now() >= until) break;
      }
      return next < checks.length;
    };
    this.#slices.run(begin).catch(run.broken);
  }

  /** An inquiry that is asked as it comes. `onBroken` is told of an error of ours, after which a result may be missing. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry {
    const account = this.#budget.openStream(callerOf(inquiry.asker), inquiry.memory ?? null);
    const told = (index: number, result: CheckResult): void => inquiry.onResult?.(index, result);
    const run = this.#begin(inquiry, account, told, onBroken);
    return {
      room: ({ options }) => account.waitOf(options.count),
      late: (check) => (run.deadline.isPassed ? tooLate(check, run) : null),
      ask: (check, index) => {
        account.letIn(check.options.count);
        this.#ask(check, index, run);
      },
      told: (result) => account.told(result),
      close: () => this.#close(run),
    };
  }

  #begin(inquiry: Inquiry, account: RequestAccount, told: Run['told'], broken: Run['broken']): Run {
    const { asker, cancellation, deadlineMs = null, onMore } = inquiry;
    const { reactor, observer = null } = this.#parts;
    const { caller, request } = this.#numbers.open(callerOf(asker));
    const deadline = new RequestDeadline(deadlineMs);
    return { asker, caller, request, cancellation, deadline, account, reactor, observer, onMore, told, broken };
  }

  /** The inquiry has its last result. */
  #close({ asker, deadline, account }: Run): void {
    account.close();
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

  /** Judges `found`, the addresses of the target, and asks for room for them. */
  #reach(asking: Asking, dns: DnsReport | null, found: readonly Address[]): void {
    const { check, waiting } = asking;
    const { count } = check.options;
    const denied = this.#judge(asking, found);
    if (denied !== null) return asking.settle(unanswered(check, hideAddresses(dns), denied));
    const { addresses, source } = usableOf(found, check.options);
    asking.addresses = addresses;
    asking.source = source;
    // The reply lists every address of a name, also those that are not attempted.
    const most = Math.max(found.length, addresses.length * count, count);
    const go = (isGranted: boolean): void => {
      if (isGranted) return this.#attempt(asking, dns);
      asking.settle(unanswered(check, hideAddresses(dns), noRoom(most - count, found.length, waiting)));
    };
    const granted = asking.grant.extendTo(Math.max(1, addresses.length), most, waiting);
    if (typeof granted === 'boolean') go(granted);
    else granted.then(go).catch((error: unknown) => asking.break(error));
  }

  /** Attempts the addresses that the check may use. */
  #attempt(asking: Asking, dns: DnsReport | null): void {
    const { check, waiting, addresses } = asking;
    const { count, timeoutMs } = check.options;
    if (addresses.length === 0) return asking.settle(unanswered(check, dns, NO_USABLE_ADDRESS));
    const leftMs = timeoutMs - (dns?.durationMs ?? 0);
    if (leftMs < Math.min(MIN_LEFT_MS, timeoutMs / 2))
      return asking.settle(unanswered(check, dns, outcomeOfLookup(SILENCE)));

    const { onMore } = waiting;
    const most = addresses.length * count;
    if (addresses.length > 1) onMore?.(most - count);
    makeRounds(asking, leftMs, (rounds) => {
      if (addresses.length > 1) onMore?.(rounds.reduce((made, reports) => made + reports.length, 0) - most);
      const interruption = rounds.length < count ? interruptionOf(waiting, rounds.length) : null;
      asking.settle(concludeRounds(check, dns, rounds, interruption));
    });
  }

  /** Any denied address denies the target: a name that also points elsewhere is not to be trusted with the rest. */
  #judge(asking: Asking, addresses: readonly Address[]): Finding | null {
    const offence = this.#verdicts.offenceOf(addresses, asking.check.target.port);
    if (offence === null) return null;
    const { address, verdict, rule } = offence;
    asking.denial = { address: address.text, rule };
    return verdict.allowed ? null : finding('denied', 'policy', verdict.rule, verdict.reason);
  }
}

/** The result of a check that comes after its request's deadline, and is not asked. */
function tooLate(check: Check, { asker, observer }: Run): CheckResult {
  const result = unanswered(check, null, NOT_STARTED);
  observer?.settled?.(asker, check, result, null);
  return result;
}

/** Why a name's addresses found no room: there is none, or the request was over before there was any. */
function noRoom(more: number, addresses: number, { cancellation, deadline }: Run): Finding {
  if (cancellation.isCancelled) return outcomeOfLookup(CANCELLED);
  if (deadline.isPassed) return NOT_STARTED;
  const message = `the name’s ${addresses} addresses count as ${more} more attempts, which would be too many`;
  return finding('failed', 'local', 'too-many-attempts', message);
}
