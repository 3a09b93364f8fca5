// `reachd check`: asks for every target, one after the other as there is room, writes each answer, and tells by its status
// what all came to. Any number of targets in constant memory: what waits to be written in order is bounded.
import { Tally } from '../check/tally.ts';
import { timestamp } from '../clock.ts';
import type { Asking } from './asking-flags.ts';
import type { Answer, Door } from './door.ts';
import { Interruption } from './interruption.ts';
import type { Form, OutputName, Row } from './output/form.ts';

import { loadForm } from './output/load-form.ts';
import { StandardOutput } from './output/standard-output.ts';
import { type Order, orderFor } from './order.ts';
import { Progress } from './progress.ts';
import { type Entry, Targets } from './targets.ts';
import { UsageError } from './usage-error.ts';

export interface CheckPlan {
  readonly asking: Asking;
  readonly words: readonly string[];
  readonly files: readonly string[];
  readonly output: OutputName;
  readonly onlyFailed: boolean;
  readonly isQuiet: boolean;
}

/** Resolves with the exit status. */
export async function check(plan: CheckPlan): Promise<number> {
  const targets = new Targets(plan.words, plan.files);
  if (plan.words.length === 0 && plan.files.length === 0) {
    throw new UsageError('nothing to check: name a target, such as db.internal:5432, or a file of them with --file');
  }
  const progress: Progress = new Progress(() => ({ done: run.done, total: targets.expected }), plan.isQuiet);
  const output = new StandardOutput(progress.makeRoom);
  const isSingle = plan.words.length === 1 && plan.files.length === 0;
  const form = plan.isQuiet ? null : await loadForm(plan.output, output, { isSingle, isMany: plan.asking.isMany });
  const complain = (line: string): void => {
    progress.makeRoom();
    process.stderr.write(`reachd: ${line}\n`);
  };
  const door = await plan.asking.open(complain);
  const run: CheckRun = new CheckRun({ plan, door, form, output, complain });
  const interruption = new Interruption(() => {
    run.stop();
    targets.close();
  });
  try {
    await run.all(targets);
  } finally {
    progress.end();
  }
  if (run.done === 0 && interruption.status === null)
    throw new UsageError('nothing to check: there is no target in it');
  run.report();
  await output.end();
  await door.close();
  return interruption.status ?? (run.isOk ? 0 : 1);
}

interface RunParts {
  readonly plan: CheckPlan;
  readonly door: Door;
  readonly form: Form | null;
  readonly output: StandardOutput;
  readonly complain: (line: string) => void;
}

class CheckRun {
  readonly #parts: RunParts;
  readonly #tally = new Tally();
  readonly #checkedAt = timestamp();
  readonly #startedAt = performance.now();
  readonly #order: Order;
  #asked = 0;
  #invalid = 0;
  #isStopped = false;
  #look: () => void = () => undefined;
  /** Targets that have an answer. */
  done = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { form, plan } = parts;
    this.#order = orderFor(form, plan.asking.isMany, (row) => {
      if (isListed(row, plan.onlyFailed)) form?.row(row);
    });
  }

  get isOk(): boolean {
    return this.#tally.summary.notOk === 0 && this.#invalid === 0;
  }

  /** Nothing more is asked, and what is under way becomes `cancelled`. */
  stop(): void {
    this.#isStopped = true;
    this.#parts.door.cancel();
    this.#look();
  }

  async all(targets: Targets): Promise<void> {
    const { door } = this.#parts;
    try {
      for await (const entries of targets) {
        for (const entry of entries) {
          const asked = this.#ask(entry);
          if (asked !== null) await asked;
        }
        if (this.#isStopped) break;
      }
    } catch (error) {
      // Whoever interrupts it does not wait for the end of a file.
      if (!this.#isStopped) throw error;
    }
    await door.finish();
  }

  report(): void {
    const summary = { ...this.#tally.summary, invalid: this.#invalid };
    const durationMs = Math.round((performance.now() - this.#startedAt) * 1000) / 1000;
    const { vantage, vantages } = this.#parts.door;
    this.#order.end();
    this.#parts.form?.end({ ok: this.isOk, checkedAt: this.#checkedAt, vantage, vantages, durationMs, summary });
  }

  /** Null where it is asked at once: then it costs no promise. */
  #ask(entry: Entry): Promise<void> | null {
    const index = this.#asked++;
    let isFirst = true;
    const answered = (answer: Answer): void => {
      if (isFirst) this.done++;
      isFirst = false;
      this.#answered({ index, entry, answer });
    };
    const wait = this.#tryToAsk(entry, answered);
    return wait === null ? null : this.#askAfter(wait, entry, answered);
  }

  /** What it has to wait for; null when it is asked, or need not be. */
  #tryToAsk({ target }: Entry, answered: (answer: Answer) => void): Promise<void> | null {
    if (this.#isStopped) return null;
    const { door, output } = this.#parts;
    return output.room ?? (this.#order.isFull ? this.#room() : door.ask(target, answered));
  }

  async #askAfter(wait: Promise<void>, entry: Entry, answered: (answer: Answer) => void): Promise<void> {
    for (let next: Promise<void> | null = wait; next !== null; next = this.#tryToAsk(entry, answered)) await next;
  }

  #room(): Promise<void> {
    return new Promise((look) => (this.#look = look));
  }

  #answered(row: Row): void {
    if ('problem' in row.answer) {
      this.#invalid++;
      this.#parts.complain(`${row.entry.at ?? row.entry.target}: ${row.answer.problem}`);
    } else this.#tally.count(row.answer.result);
    this.#order.take(row);
    if (!this.#order.isFull) this.#look();
  }
}

function isListed({ answer }: Row, onlyFailed: boolean): boolean {
  return !onlyFailed || 'problem' in answer || !answer.result.ok;
}
