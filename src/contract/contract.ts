// The contract as one value: what a caller may ask under this process's limits. HTTP documents the schemas and validates
// with them; whoever has a question in any other form (a line, a file, a message) hands it to parse().
import { checksOf, type Parsed } from './check-request.ts';
import { fieldErrors } from './field-errors.ts';
import {
  type CheckBody,
  type CheckQuery,
  createRequestSchemas,
  type RequestLimits,
  type StreamQuery,
} from './request-schemas.ts';
import { TargetParser } from './target-parser.ts';

export class Contract {
  readonly #schemas: ReturnType<typeof createRequestSchemas>;

  constructor(limits: RequestLimits) {
    this.#schemas = createRequestSchemas(limits);
  }

  /** The body of `POST /check`. */
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

  /** What a body that fits its schema asks for. */
  checksOf(body: CheckBody): Parsed {
    return checksOf(body);
  }

  /** What a query that fits its schema asks for. */
  checksOfQuery({ target, ...options }: CheckQuery): Parsed {
    return checksOf({ targets: target, ...options }, 'target');
  }

  /** What the lines of a stream ask for, under the options of its query. */
  targetsUnder(options: StreamQuery): TargetParser {
    return new TargetParser(options, (body) => this.parse(body));
  }

  /** What `asked`, which may be any value, asks for in the form of `POST /check`. Never throws. */
  parse(asked: unknown): Parsed {
    const parsed = this.#schemas.body.safeParse(asked);
    return parsed.success ? checksOf(parsed.data) : { errors: fieldErrors(parsed.error.issues, 'body') };
  }
}
