// The story of a check: resolve → judge → attempt → shake hands → report, and the trace that explains it. It knows neither
// HTTP nor threads; the reactor, the policy, the TLS phase and the tracer are a method each to it.
import type { Address } from '../net/address.ts';
import { Asking, type Run } from './asking.ts';
import { NO_USABLE_ADDRESS, usableOf } from './families.ts';
import { finding, type Finding } from './outcome.ts';
import { interleave, MIN_LEFT_MS } from './race.ts';
import { concludeRounds, hideAddresses, reportLookup, unanswered } from './report.ts';
import { isFailure, outcomeOfLookup, SILENCE } from './lookup.ts';
import type { Resolver } from './resolver.ts';
import type { Check, CheckResult, DnsReport } from './result.ts';
import { interruptionOf, makeRounds, type Rounds } from './rounds.ts';
import { prepareTls } from './secure.ts';
import type { TlsPhase } from './tls.ts';
import { explain, type Tracing } from './tracing.ts';
import { noRoom } from './unasked.ts';
import { type Policy, Verdicts } from './verdicts.ts';

export interface AnsweringParts {
  readonly resolver: Pick<Resolver, 'lookup'>;
  readonly policy: Policy;
  /** What shakes hands after a connect, for checks that ask for it. Rejects where it cannot be had. */
  readonly tls?: () => Promise<TlsPhase>;
  /** Null or none: nobody asks for a trace. */
  readonly tracing?: Tracing | null;
}

export class Answering {
  readonly #parts: AnsweringParts;
  readonly #verdicts: Verdicts;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    this.#verdicts = new Verdicts(parts.policy);
  }

  /** Answers one check: resolve, judge, attempt, report. Each step may be the last. */
  ask(check: Check, index: number, run: Run): void {
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
      if (isGranted) return this.#goOn(asking, dns);
      asking.settle(unanswered(check, hideAddresses(dns), noRoom(most - count, found.length, waiting)));
    };
    const granted = asking.grant.extendTo(Math.max(1, addresses.length), most, waiting);
    if (typeof granted === 'boolean') go(granted);
    else granted.then(go).catch((error: unknown) => asking.break(error));
  }

  /** Has what comes after a connect at hand, where the check asks for more than that. */
  #goOn(asking: Asking, dns: DnsReport | null): void {
    if (asking.check.options.tls === null) return this.#attempt(asking, dns);
    const begin = (missing: Finding | null): void =>
      missing === null ? this.#attempt(asking, dns) : asking.settle(unanswered(asking.check, dns, missing));
    prepareTls(asking, this.#parts.tls)
      .then(begin)
      .catch((error: unknown) => asking.break(error));
  }

  /** Attempts the addresses that the check may use. */
  #attempt(asking: Asking, dns: DnsReport | null): void {
    const { check, waiting, addresses } = asking;
    const { count, timeoutMs } = check.options;
    if (addresses.length === 0) return asking.settle(unanswered(check, dns, NO_USABLE_ADDRESS));
    const leftMs = timeoutMs - (dns?.durationMs ?? 0);
    if (leftMs < Math.min(MIN_LEFT_MS, timeoutMs / 2))
      return asking.settle(unanswered(check, dns, outcomeOfLookup(SILENCE)));

    if (addresses.length > 1) waiting.onMore?.((addresses.length - 1) * count);
    asking.dns = dns;
    makeRounds(asking, leftMs, this.#conclude);
  }

  readonly #conclude = (asking: Asking, rounds: Rounds): void => {
    const { check, waiting, addresses, dns } = asking;
    const { count, trace } = check.options;
    if (addresses.length > 1) waiting.onMore?.(rounds.flat().length - addresses.length * count);
    const interruption = rounds.length < count ? interruptionOf(waiting, rounds.length) : null;
    const result = concludeRounds(check, dns, rounds, interruption);
    if (trace === 'none') asking.settle(result);
    else this.#trace(asking, result);
  };

  /** Settles with the trace that explains the result, where it wants one. */
  #trace(asking: Asking, result: CheckResult): void {
    const { waiting } = asking;
    waiting.traces ??= this.#parts.tracing?.open(waiting) ?? null;
    explain(asking, result, waiting.traces).then(
      (explained) => asking.settle(explained),
      (error: unknown) => asking.break(error),
    );
  }

  /** Any denied address denies the target: a name that also points elsewhere is not to be trusted with the rest. */
  #judge(asking: Asking, addresses: readonly Address[]): Finding | null {
    const offence = this.#verdicts.offenceOf(addresses, asking.check);
    if (offence === null) return null;
    const { address, verdict, rule } = offence;
    asking.denial = { address: address.text, rule };
    return verdict.allowed ? null : finding('denied', 'policy', verdict.rule, verdict.reason);
  }
}
