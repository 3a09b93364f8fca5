// Cells → what a reply says: a vantage's result with the request's own names for its target, a failure where there is none,
// and how much of each vantage is its own. Pure.
import type { Cause } from '../check/outcome.ts';
import type { Check, CheckResult, VantageAnswer } from '../check/result.ts';
import type { Labels } from './fleet-view.ts';

/** A vantage's own result. What was asked is the request's to say, and so is the vantage's name. */
export function answered({ target, name }: Check, vantage: string, result: CheckResult): CheckResult {
  const own = { target: target.text, name, vantage };
  return { ...own, ...result, ...own };
}

/** The result of a cell that has no answer. It is never as expected: silence of a vantage says nothing of a target. */
export function unanswered({ target, name, options }: Check, vantage: string | undefined, cause: Cause): CheckResult {
  const { expect, tls } = options;
  return {
    target: target.text,
    name,
    vantage,
    ok: false,
    expect: expect === 'open' ? undefined : expect,
    outcome: cause.code === 'ECANCELED' ? 'cancelled' : 'failed',
    latencyMs: null,
    address: null,
    dns: null,
    cause,
    tls: tls === null ? undefined : null,
    stats: undefined,
    attempts: [],
  };
}

/** What one vantage had to say to a request, while it is still saying it. */
export class VantageTally {
  readonly #name: string;
  readonly #labels: Labels;
  #answered = 0;
  #missing = 0;
  #cause: Cause | undefined;
  #checkedAt: string | undefined;
  #durationMs = 0;

  /** `cause`: why nobody of it is asked; null where somebody is. */
  constructor({
    name,
    labels,
    cause,
  }: {
    readonly name: string;
    readonly labels: Labels;
    readonly cause: Cause | null;
  }) {
    this.#name = name;
    this.#labels = labels;
    this.#cause = cause ?? undefined;
  }

  answered(): void {
    this.#answered++;
  }

  missing(cause: Cause): void {
    this.#missing++;
    this.#cause = cause;
  }

  /** It has accepted an ask; the first counts. */
  began(checkedAt: string): void {
    if (this.#checkedAt === undefined || checkedAt < this.#checkedAt) this.#checkedAt = checkedAt;
  }

  /** It has worked on one for so long; the longest counts. */
  lasted(durationMs: number): void {
    this.#durationMs = Math.max(this.#durationMs, durationMs);
  }

  get answer(): VantageAnswer {
    const isNone = this.#answered === 0 && this.#cause !== undefined;
    const state = isNone ? 'missing' : this.#missing > 0 ? 'partial' : 'answered';
    const times = this.#checkedAt === undefined ? {} : { checkedAt: this.#checkedAt, durationMs: this.#durationMs };
    const cause = state === 'answered' ? {} : { cause: this.#cause };
    return { name: this.#name, labels: this.#labels, state, ...times, ...cause };
  }
}
