// The results of a request that is asked as a whole, in the order of its checks, until all are there. It knows nothing of
// what a result says.
import type { Inquiry } from './inquiry.ts';
import type { CheckResult } from './result.ts';

export class Gathering {
  /** Every result, in the order of the checks; rejects with the first error of ours. */
  readonly all: Promise<readonly CheckResult[]>;
  readonly #results: CheckResult[];
  readonly #onResult: Inquiry['onResult'];
  #missing: number;
  #resolve: (results: readonly CheckResult[]) => void = () => undefined;
  broken: (error: unknown) => void = () => undefined;

  /** `count` checks; `onResult` is told of each result as it comes. */
  constructor(count: number, onResult: Inquiry['onResult']) {
    this.#results = new Array<CheckResult>(count);
    this.#onResult = onResult;
    this.#missing = count;
    this.all = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.broken = reject;
    });
    if (count === 0) this.#resolve(this.#results);
  }

  /** The check at `index` has its result; it has one only. */
  readonly told = (index: number, result: CheckResult): void => {
    this.#results[index] = result;
    this.#onResult?.(index, result);
    if (--this.#missing === 0) this.#resolve(this.#results);
  };
}
