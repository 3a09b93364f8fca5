// The contract as one value: what a caller may ask under this process's limits. HTTP documents the schemas and validates
// with them; whoever has a question in any other form (a line, a file, a message) hands it to parse().
import { type FieldError, fieldErrors } from './field-errors.ts';
import { type Parsed, QuestionReader, readerOf, tooManyRounds } from './question-reader.ts';
import {
  type CheckQuery,
  createRequestSchemas,
  type RequestLimits,
  type RequestSchemas,
  type StreamQuery,
} from './request-schemas.ts';
import { TargetParser } from './target-parser.ts';

export class Contract {
  readonly #schemas: RequestSchemas;
  readonly #limits: RequestLimits;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
    this.#schemas = createRequestSchemas(limits);
  }

  /** Targets of one request. */
  get maxTargets(): number {
    return this.#limits.maxTargets;
  }

  /** Attempts that may wait for their answers. */
  get maxQueued(): number {
    return this.#limits.maxQueued;
  }

  /** Whether a request may say from where it is asked. */
  get coordinates(): boolean {
    return this.#limits.coordinates === true;
  }

  /** The body of `POST /check`, for the document: it is read by `readerOf`. */
  get body() {
    return this.#schemas.body;
  }

  /** The query of `GET /check`: the same question, with integers as digits. */
  get query() {
    return this.#schemas.query;
  }

  /** The query of a stream to `POST /check`: the options alone, for its targets are lines of the body. */
  get streamQuery() {
    return this.#schemas.streamQuery;
  }

  /** A reader of the targets of a body in the form of `POST /check`; `envelope` is the rest of it, with some `targets`. */
  readerOf(envelope: unknown): QuestionReader {
    return readerOf(envelope, this.#schemas, this.#limits.maxQueued);
  }

  /** What a query that fits its schema asks for. */
  checksOfQuery({ target, ...options }: CheckQuery): Parsed {
    const parser = new TargetParser(options, this.#schemas.target);
    const reader = new QuestionReader(parser, [], this.#limits.maxQueued, 'target');
    for (const wanted of target) reader.add(wanted);
    return reader.end();
  }

  /** What the lines of a stream ask for, under the options of its query; or what is wrong with the options. */
  targetsUnder(options: StreamQuery): TargetParser | { readonly errors: readonly FieldError[] } {
    const { maxQueued } = this.#limits;
    const parser = new TargetParser(options, this.#schemas.target);
    if (parser.contradiction !== null) return { errors: [parser.contradiction] };
    if (parser.fleetMistake !== null) return { errors: [parser.fleetMistake] };
    if (options.count <= maxQueued) return parser;
    return { errors: [{ path: 'count', message: tooManyRounds(maxQueued, options.count) }] };
  }

  /** The options of a stream, of which `asked` may be any value: those of a query, as text. */
  readStreamQuery(asked: unknown): StreamQuery | { readonly errors: readonly FieldError[] } {
    const parsed = this.#schemas.streamQuery.safeParse(asked);
    return parsed.success ? parsed.data : { errors: fieldErrors(parsed.error.issues, 'query') };
  }

  /** What `asked`, which may be any value, asks for in the form of `POST /check`. Never throws. */
  parse(asked: unknown): Parsed {
    const reader = this.readerOf(asked);
    for (const wanted of this.targetsOf(asked)) {
      if (reader.isHopeless) break;
      reader.add(wanted);
    }
    return reader.end();
  }

  /** The targets of such a value, as far as they may be read. */
  targetsOf(asked: unknown): readonly unknown[] {
    const { targets } = (asked ?? {}) as { targets?: unknown };
    return Array.isArray(targets) && targets.length <= this.maxTargets ? targets : [];
  }
}
