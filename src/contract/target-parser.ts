// One target after the other, under options that hold for all of them: the items of a request, the lines of a stream. A
// target in string form is read by the domain's parser alone, which is cheap; only what that does not take is told what is
// wrong with it by the schema.
import type { Check } from '../check/result.ts';
import { checkOf, contradictionOf, familiesOf, inheritsBoth, optionsOf } from './check-request.ts';
import { type FieldError, fieldErrors } from './field-errors.ts';
import type { FleetQuestion } from './fleet-schemas.ts';
import type { CheckBodyOptions, RequestSchemas } from './request-schemas.ts';

export class TargetParser {
  readonly options: CheckBodyOptions;
  readonly #schema: RequestSchemas['target'];
  readonly #shared: Check['options'];
  readonly #left: readonly (4 | 6)[];
  #hasHeir = false;

  constructor(options: CheckBodyOptions, schema: RequestSchemas['target']) {
    this.options = options;
    this.#schema = schema;
    this.#shared = optionsOf(options);
    this.#left = familiesOf(this.#shared);
  }

  /** In which the whole request has to be answered; null where there is no such bound. */
  get deadlineMs(): number | null {
    return this.options.deadlineMs ?? null;
  }

  /** Which results the reply lists; failed: those that are not ok. */
  get results(): 'all' | 'failed' {
    return this.options.results;
  }

  /** The options of every check that has none of its own. */
  get shared(): Check['options'] {
    return this.#shared;
  }

  /** From where the targets are asked; null: from here. */
  get fleet(): FleetQuestion | null {
    const { from, by } = this.options;
    return from === undefined ? null : { from, by };
  }

  /** What is wrong with what it says of the fleet; null when nothing is. */
  get fleetMistake(): FieldError | null {
    const { from, by } = this.options as Partial<CheckBodyOptions>;
    if (from !== undefined || by !== 'one') return null;
    return { path: 'by', message: 'takes every, unless "from" says of which vantages one' };
  }

  /** What is wrong with the options themselves, whatever the targets; null when nothing is. */
  get contradiction(): FieldError | null {
    return contradictionOf(this.#shared, this.#left);
  }

  /** Whether a target so far has no options of its own that would make up for a contradiction. */
  get hasHeir(): boolean {
    return this.#hasHeir;
  }

  /** The check that `wanted`, which may be any value, asks for; or every field of it that is wrong: `${path}.port`. */
  parse(wanted: unknown, path = 'target'): Check | readonly FieldError[] {
    if (typeof wanted === 'string') {
      this.#hasHeir = true;
      const asked = checkOf(wanted, this.#shared, this.#left);
      if ('target' in asked) return asked;
    }
    const parsed = this.#schema.safeParse(wanted);
    if (!parsed.success) return fieldErrors(parsed.error.issues, '').map((error) => under(path, error));
    if (inheritsBoth(parsed.data)) this.#hasHeir = true;
    const asked = checkOf(parsed.data, this.#shared, this.#left);
    return 'target' in asked ? asked : asked.map((error) => ({ ...error, path: path + error.path }));
  }
}

function under(parent: string, { path, message }: FieldError): FieldError {
  return { path: path === '' ? parent : `${parent}.${path}`, message };
}
