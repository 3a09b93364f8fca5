// What results come to, counted as they come.
import type { Outcome } from './outcome.ts';
import type { CheckResult, Summary } from './result.ts';

export class Tally {
  readonly #outcomes: Partial<Record<Outcome, number>> = {};
  #total = 0;
  #ok = 0;

  count({ ok, outcome }: CheckResult): void {
    this.#total++;
    if (ok) this.#ok++;
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }

  get summary(): Summary {
    return { total: this.#total, ok: this.#ok, notOk: this.#total - this.#ok, outcomes: this.#outcomes };
  }
}
