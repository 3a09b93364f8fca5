// A request, target by target: its options first, then one target after the other, so that a large one need not be read in
// one go, nor to its end when most of it is wrong.
import type { Check, CheckOptions } from '../check/result.ts';
import { type FieldError, fieldErrors } from './field-errors.ts';
import type { FleetQuestion } from './fleet-schemas.ts';
import type { CheckBodyOptions, RequestSchemas } from './request-schemas.ts';
import { TargetParser } from './target-parser.ts';

/** What a request asks for. */
export interface Question {
  /** In the order of the request. */
  readonly checks: readonly Check[];
  /** In which everything has to be answered; null where there is no such bound. */
  readonly deadlineMs: number | null;
  /** Which results the reply lists; failed: those that are not ok. */
  readonly results: 'all' | 'failed';
  /** The options of every check that has none of its own. */
  readonly options: CheckOptions;
  /** From where it is asked; null: from here. */
  readonly fleet: FleetQuestion | null;
}

/** What was asked for, or what is wrong: every field, but of very many the first ones. */
export type Parsed = Question | { readonly errors: readonly FieldError[] };

/** Errors that a reply names. One more is looked for, to know that there are more. */
export const MAX_ERRORS = 20;

/** Any number of targets, under one set of options. */
export class QuestionReader {
  readonly #parser: TargetParser;
  readonly #field: string;
  readonly #maxQueued: number;
  /** Of the request as such. */
  readonly #own: readonly FieldError[];
  readonly #errors: FieldError[] = [];
  readonly #checks: Check[] = [];
  #read = 0;
  #attempts = 0;

  /** `field`: what the request calls its targets. `own`: what is wrong with the request beside them. */
  constructor(parser: TargetParser, own: readonly FieldError[], maxQueued: number, field = 'targets') {
    this.#parser = parser;
    this.#own = own;
    this.#maxQueued = maxQueued;
    this.#field = field;
  }

  /** Whether enough is wrong: then the rest need not be read. */
  get isHopeless(): boolean {
    return this.#errors.length > MAX_ERRORS;
  }

  /** The next target, which may be any value. */
  add(wanted: unknown): void {
    const asked = this.#parser.parse(wanted, `${this.#field}[${this.#read++}]`);
    if (!('target' in asked)) {
      this.#errors.push(...asked);
      return;
    }
    this.#checks.push(asked);
    this.#attempts += asked.options.count;
  }

  /** After the last target. */
  end(): Parsed {
    const { contradiction, hasHeir, deadlineMs, results, shared: options, fleet } = this.#parser;
    const errors = [...this.#errors, ...this.#own];
    const { fleetMistake } = this.#parser;
    if (fleetMistake !== null) errors.unshift(fleetMistake);
    if (contradiction !== null && hasHeir) errors.unshift(contradiction);
    if (errors.length === 0 && this.#attempts > this.#maxQueued) errors.push(this.#tooMany());
    return errors.length > 0 ? { errors } : { checks: this.#checks, deadlineMs, results, options, fleet };
  }

  /** A request that alone asks for more attempts than may ever wait could never be let in, however often it came again. */
  #tooMany(): FieldError {
    const path = this.#parser.options.count > 1 ? 'count' : this.#field;
    return { path, message: tooManyRounds(this.#maxQueued, this.#attempts) };
  }
}

export function tooManyRounds(maxQueued: number, asked: number): string {
  return `takes rounds that come to at most ${maxQueued} attempts (MAX_QUEUED) over all targets, and these come to ${asked}`;
}

/** A reader of the targets of a request whose other fields are those of `envelope`, of any type. */
export function readerOf(envelope: unknown, schemas: RequestSchemas, maxQueued: number): QuestionReader {
  const parsed = schemas.envelope.safeParse(envelope);
  const options: CheckBodyOptions = parsed.success ? parsed.data : schemas.envelope.parse({ targets: [0] });
  const own = parsed.success ? [] : fieldErrors(parsed.error.issues, 'body');
  return new QuestionReader(new TargetParser(options, schemas.target), own, maxQueued);
}
