// Inquiries: one request of an asker with all its checks, asked at once or as they come. What an answer takes is told by
// answering.ts. Two clocks: a target has its timeout from its own turn, a request its deadline from here.
import { performance } from 'node:perf_hooks';
import { callerOf } from '../callers/asker.ts';
import { monotonicMs, timestamp } from '../clock.ts';
import { Slices } from './slices.ts';
import { Answering, type AnsweringParts } from './answering.ts';
import type { Run } from './asking.ts';
import type { Reactor } from './attempt.ts';
import { Budget, type RequestAccount } from './budget.ts';
import { Gathering } from './gathering.ts';
import type { Inquiry, OpenInquiry } from './inquiry.ts';
import type { CheckObserver } from './observer.ts';
import { summarizeResults } from './report.ts';
import { RequestDeadline } from './request-deadline.ts';
import type { Check, CheckReply, CheckResult, Vantage } from './result.ts';
import { Numbers } from './run.ts';
import { roundMs } from './stats.ts';
import { tooLate } from './unasked.ts';

export interface CheckerParts extends AnsweringParts {
  readonly reactor: Reactor;
  /** Attempts accepted and not yet answered, over all callers: what holds memory for a reply is counted. */
  readonly maxQueued: number;
  /** This vantage point's name, which every reply says. */
  readonly vantage: string;
  readonly observer?: CheckObserver | null;
  /** What beginning the checks of large requests has of the event loop. */
  readonly slices?: Slices;
}

const FEW = 16; // Checks that are begun without a look at the clock.

export class Checker {
  readonly #parts: CheckerParts;
  readonly #budget: Budget;
  readonly #answering: Answering;
  readonly #numbers = new Numbers();
  readonly #slices: Slices;
  readonly vantage: Vantage;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
    this.#slices = parts.slices ?? new Slices();
    this.#budget = new Budget(parts.maxQueued);
    this.#answering = new Answering(parts);
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
    const gathering = new Gathering(checks.length, inquiry.onResult);
    const run = this.#begin(inquiry, account, gathering.told, gathering.broken);
    if (checks.length <= FEW) checks.forEach((check, index) => this.#answering.ask(check, index, run));
    else this.#askInSlices(checks, run);
    try {
      const results = await gathering.all;
      const summary = summarizeResults(results);
      const durationMs = roundMs(monotonicMs() - startedAt);
      return { ok: summary.notOk === 0, checkedAt, vantage: this.vantage, durationMs, summary, results };
    } finally {
      this.#close(run);
    }
  }

  /** To begin a check takes time, too: other callers have their turn in between. */
  #askInSlices(checks: readonly Check[], run: Run): void {
    let next = 0;
    const begin = (until: number): boolean => {
      for (let check = checks[next]; check !== undefined; check = checks[next]) {
        this.#answering.ask(check, next++, run);
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
        this.#answering.ask(check, index, run);
      },
      told: (result) => account.told(result),
      close: () => this.#close(run),
    };
  }

  #begin(inquiry: Inquiry, account: RequestAccount, told: Run['told'], broken: Run['broken']): Run {
    const { asker, cancellation, deadlineMs = null, onMore } = inquiry;
    const { reactor, observer = null } = this.#parts;
    const { caller, request } = this.#numbers.open(callerOf(asker));
    const ends = { cancellation, deadline: new RequestDeadline(deadlineMs) };
    return { asker, caller, request, ...ends, account, reactor, observer, onMore, told, broken, traces: null };
  }

  /** The inquiry has its last result. */
  #close({ asker, deadline, account }: Run): void {
    account.close();
    deadline.clear();
    this.#numbers.close(callerOf(asker));
  }
}
