// One check that has no result yet: whose it is, what it has been granted, what its attempts have in common, and the one
// moment at which it settles. One object for all of that, and no promise: a large request has ten thousand of them at a
// time, and the collector copies each twice before its answer is here.
import type { Asker } from '../callers/asker.ts';
import type { Address } from '../net/address.ts';
import type { Source } from '../reactor/protocol.ts';
import type { Plan, Reactor, Securing } from './attempt.ts';
import type { RequestAccount } from './budget.ts';
import { Grant } from './grant.ts';
import type { CheckObserver, Denial } from './observer.ts';
import type { Check, CheckResult, DnsReport } from './result.ts';
import type { Waiting } from './run.ts';
import { bytesBeside, sizeOf } from './size.ts';
import type { RequestTraces } from './tracing.ts';

/** An inquiry on its way through: what all its checks share. */
export interface Run extends Waiting {
  readonly asker: Asker;
  readonly account: RequestAccount;
  readonly reactor: Reactor;
  readonly observer: CheckObserver | null;
  /** Told of attempts that addresses of names add, and of those that were not made. */
  readonly onMore: ((attempts: number) => void) | undefined;
  /** Told of each result, once. */
  readonly told: (index: number, result: CheckResult) => void;
  /** Made with the first check that may be traced. */
  traces: RequestTraces | null;
  /** Told of an error of ours, after which a result is missing. */
  readonly broken: (error: unknown) => void;
}

export class Asking implements Plan {
  readonly check: Check;
  readonly waiting: Run;
  /** Those that the check may use, in the order in which they are tried; known once its name is resolved. */
  addresses: readonly Address[] = [];
  source: Source | null = null;
  /** What its lookup came to; null for an address. */
  dns: DnsReport | null = null;
  securing: Securing | null = null;
  /** What the policy holds against the target, where denials are only reported too. */
  denial: Denial | null = null;
  readonly grant: Grant;
  readonly #index: number;

  constructor(check: Check, index: number, run: Run) {
    this.check = check;
    this.waiting = run;
    this.grant = new Grant(run.account, check.options.count);
    this.#index = index;
  }

  get reactor(): Reactor {
    return this.waiting.reactor;
  }

  get observer(): CheckObserver | null {
    return this.waiting.observer;
  }

  /** Tells of the check's result, and gives back what it was granted. */
  settle(result: CheckResult): void {
    const { asker, observer, told } = this.waiting;
    try {
      observer?.settled?.(asker, this.check, result, this.denial);
      this.grant.end(sizeOf(result), bytesBeside(result));
      told(this.#index, result);
    } catch (error) {
      this.waiting.broken(error);
    }
  }

  /** An error of ours: the check gets no result, and its request breaks off. */
  break(error: unknown): void {
    this.grant.end(1);
    this.waiting.broken(error);
  }
}
