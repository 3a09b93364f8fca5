// The vantages that one request has selected, as a checker: it asks them in the request's name, and counts what is asked and
// not answered, over all callers.
import { performance } from 'node:perf_hooks';
import { callerOf } from '../callers/asker.ts';
import type { Inquiry, OpenInquiry } from '../check/inquiry.ts';
import type { Cause } from '../check/outcome.ts';
import type { Part, Pool } from '../check/pool.ts';
import { summarizeResults } from '../check/report.ts';
import type { Check, CheckOptions, CheckReply, CheckResult, Vantage, VantageAnswer } from '../check/result.ts';
import { CHECK_BYTES } from '../check/size.ts';
import type { Slices } from '../check/slices.ts';
import { roundMs } from '../check/stats.ts';
import { monotonicMs, timestamp } from '../clock.ts';
import type { FleetRunner } from './fleet-view.ts';
import type { Job, JobParts } from './job.ts';
import type { Known } from './roster.ts';

export interface RunnerParts {
  readonly vantage: Vantage;
  readonly vantages: readonly Known[];
  readonly by: 'every' | 'one';
  readonly options: CheckOptions;
  /** Cells under way, over all callers. */
  readonly cells: Pool;
  readonly slices: Slices;
  readonly begin: (job: Omit<JobParts, 'bus' | 'me' | 'id' | 'lost' | 'warn' | 'graceUntil'>) => Job;
  /** The job has its last result, or nobody wants it. */
  readonly end: (job: Job, cause: Cause) => void;
}

const CANCELLED: Cause = { layer: 'local', code: 'ECANCELED', message: 'cancelled before there was an answer' };
/** Checks that are asked without a look at the clock. */
const FEW = 16;

export class Runner implements FleetRunner {
  readonly vantage: Vantage;
  readonly width: number;
  readonly #parts: RunnerParts;
  readonly #slots: ReadonlyMap<string, number>;
  #job: Job | null = null;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.vantage = parts.vantage;
    this.width = parts.by === 'one' ? 1 : parts.vantages.length;
    this.#slots = new Map(parts.vantages.map(({ name }, slot) => [name, slot]));
  }

  answers(): readonly VantageAnswer[] {
    return this.#job?.answers ?? [];
  }

  async check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    const { asker, memory = null } = inquiry;
    const cells = checks.length * this.width;
    memory?.take(cells * CHECK_BYTES);
    const part = this.#parts.cells.open(callerOf(asker));
    try {
      part.take(cells);
      const [checkedAt, startedAt] = [timestamp(), monotonicMs()];
      const results = await this.#askAll(checks, inquiry, cells, part);
      const summary = summarizeResults(results);
      const durationMs = roundMs(monotonicMs() - startedAt);
      const { vantage } = this;
      const vantages = this.answers();
      return { ok: summary.notOk === 0, checkedAt, vantage, durationMs, summary, vantages, results };
    } finally {
      part.close();
    }
  }

  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry {
    const { asker, memory = null } = inquiry;
    const { width } = this;
    const part = this.#parts.cells.open(callerOf(asker));
    const job = this.#begin(inquiry, (index, result) => {
      part.giveBack(1);
      try {
        inquiry.onResult?.(index, result);
      } catch (error) {
        onBroken(error);
      }
    });
    return {
      late: () => null,
      room: () =>
        memory?.hasRoom(width * CHECK_BYTES) === false ? memory.room : part.hasRoom(width) ? null : part.room,
      ask: (check, index) => {
        part.hold(width);
        memory?.hold(width * CHECK_BYTES);
        job.add(check, index);
      },
      told: () => memory?.giveBack(CHECK_BYTES),
      close: () => {
        this.#parts.end(job, CANCELLED);
        part.close();
      },
    };
  }

  /** Target by target, and of each the vantages by name. */
  #askAll(checks: readonly Check[], inquiry: Inquiry, cells: number, part: Part): Promise<readonly CheckResult[]> {
    const results = new Array<CheckResult>(cells);
    let [unsettled, next] = [cells, 0];
    return new Promise<readonly CheckResult[]>((resolve, reject) => {
      const job = this.#begin(inquiry, (index, result) => {
        results[index * this.width + this.#slotOf(result)] = result;
        part.giveBack(1);
        inquiry.onResult?.(index, result);
        if (--unsettled > 0) return;
        this.#parts.end(job, CANCELLED);
        resolve(results);
      });
      const ask = (until: number): boolean => {
        for (let check = checks[next]; check !== undefined; check = checks[next]) {
          job.add(check, next++);
          if (next % FEW === 0 && performance.now() >= until) break;
        }
        return next < checks.length;
      };
      this.#parts.slices.run(ask).catch(reject);
    });
  }

  #begin({ asker, cancellation, deadlineMs = null }: Inquiry, onResult: JobParts['onResult']): Job {
    const { vantages, by, options, begin, end } = this.#parts;
    const job = begin({ vantages, by, options, deadlineMs, principal: callerOf(asker), onResult });
    cancellation.add({ cancel: () => end(job, CANCELLED) });
    this.#job = job;
    return job;
  }

  #slotOf({ vantage }: CheckResult): number {
    return this.width === 1 ? 0 : (this.#slots.get(vantage ?? '') ?? 0);
  }
}
