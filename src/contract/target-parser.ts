// One target after the other, under options that hold for all of them: what a stream asks for, line by line. A target in
// string form is read by the domain's parser alone, which is cheap; whatever that does not take goes the way of a request
// with this target alone, so that a mistake is told in the same words.
import type { Check } from '../check/result.ts';
import { checkOf, contradictionOf, familiesOf, optionsOf, type Parsed } from './check-request.ts';
import type { FieldError } from './field-errors.ts';
import type { CheckBodyOptions } from './request-schemas.ts';

/** What a request with one target asks for, in the form of `POST /check`. */
type ParseAlone = (body: object) => Parsed;

/** What the paths of a request with one target begin with. */
const ALONE = /^targets(\[0\])?/;

export class TargetParser {
  readonly #given: CheckBodyOptions;
  readonly #parseAlone: ParseAlone;
  readonly #shared: Check['options'];
  readonly #left: readonly (4 | 6)[];

  constructor(options: CheckBodyOptions, parseAlone: ParseAlone) {
    this.#given = options;
    this.#parseAlone = parseAlone;
    this.#shared = optionsOf(options);
    this.#left = familiesOf(this.#shared);
  }

  /** In which the whole stream has to be answered; null where there is no such bound. */
  get deadlineMs(): number | null {
    return this.#given.deadlineMs ?? null;
  }

  /** Which results the reply lists; failed: those that are not ok. */
  get results(): 'all' | 'failed' {
    return this.#given.results;
  }

  /** What is wrong with the options themselves, whatever the targets; null when nothing is. */
  get contradiction(): FieldError | null {
    return contradictionOf(this.#shared, this.#left);
  }

  /** The check that `wanted`, which may be any value, asks for; or every field of it that is wrong: `target.port`. */
  parse(wanted: unknown): Check | readonly FieldError[] {
    if (typeof wanted === 'string') {
      const asked = checkOf(wanted, this.#shared, this.#left);
      if ('target' in asked) return asked;
    }
    const parsed = this.#parseAlone({ ...this.#given, targets: [wanted] });
    if ('errors' in parsed) {
      return parsed.errors.map(({ path, message }) => ({ path: path.replace(ALONE, 'target'), message }));
    }
    const [check] = parsed.checks;
    if (check === undefined) throw new Error('a request with one target asks for one check');
    return check;
  }
}
