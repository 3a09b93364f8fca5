// Errors after RFC 9457: one table of codes, one class to throw, one function that turns any thrown value into a
// reply. A caller's mistake is a 4xx; an unforeseen error is `internal`, and its text never leaves the process.
import { RateLimitedError } from '../callers/limits.ts';
import { NoRoomError } from '../check/pool.ts';
import type { FieldError } from '../contract/field-errors.ts';
import { MAX_ERRORS } from '../contract/question-reader.ts';
import { BusUnavailableError, NoVantageError } from '../fleet/fleet-view.ts';
import type { ProblemReply } from './document/reply-schemas.ts';

export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid token is required' },
  'cross-site': { status: 403, title: 'Pages of other sites may not ask' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This resource does not take that method' },
  'not-acceptable': { status: 406, title: 'The reply has no form that the Accept header allows' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not of a supported type' },
  'expectation-failed': { status: 417, title: 'The request expects what is not done here' },
  misdirected: { status: 421, title: 'The request is for another host' },
  'no-vantage': { status: 422, title: 'No vantage point is asked for' },
  'rate-limited': { status: 429, title: 'This caller asks for too much' },
  'header-too-large': { status: 431, title: 'The request line and headers are too large' },
  internal: { status: 500, title: 'reachd made a mistake' },
  overloaded: { status: 503, title: 'Too many attempts are waiting' },
  'bus-unavailable': { status: 503, title: 'The fleet cannot be asked now' },
  'shutting-down': { status: 503, title: 'This instance is shutting down' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` is for the caller to read: full sentences, nothing internal. */
  constructor(
    code: ProblemCode,
    detail: string,
    more: { readonly errors?: readonly FieldError[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

export const UNSUPPORTED_TYPE = 'The body takes Content-Type application/json, application/x-ndjson or text/plain.';

/** A 400 that names every wrong field, or the first twenty of them. */
export function invalidRequest(errors: readonly FieldError[]): Problem {
  const [first, ...others] = errors;
  const detail = first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}`;
  const isAll = others.length < MAX_ERRORS;
  const more = others.length === 0 ? '' : ` (and ${isAll ? others.length : `at least ${MAX_ERRORS}`} more)`;
  return new Problem('invalid-request', detail + more, { errors: errors.slice(0, MAX_ERRORS) });
}

/** A 503 that says when to come again. */
export function unavailable(code: 'overloaded' | 'shutting-down' | 'bus-unavailable', detail: string): Problem {
  return new Problem(code, detail, { headers: { 'retry-after': '1' } });
}

/** A 429 that says when there will be room, in whole seconds. */
function rateLimited({ message, retryAfterMs }: RateLimitedError): Problem {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new Problem('rate-limited', message, { headers: { 'retry-after': String(seconds) } });
}

/** The rest of a body that is refused is not read as the next request. */
function noRoom({ why, message }: NoRoomError): Problem {
  const headers = { connection: 'close', 'retry-after': '1' };
  if (why === 'overloaded') return new Problem(why, `There is no room: ${message}.`, { headers });
  if (why === 'share') return new Problem('rate-limited', `This caller has no room: ${message}.`, { headers });
  return new Problem('payload-too-large', `This request can never be answered here: ${message}.`, { headers });
}

export function problemReply(problem: Problem, instance: string): ProblemReply {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `urn:reachd:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance,
    ...(problem.errors.length > 0 && { errors: [...problem.errors] }),
  };
}

/** Turns any thrown value into a problem: ours as it is, the framework's by its status, anything else as `internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NoRoomError) return noRoom(error);
  if (error instanceof RateLimitedError) return rateLimited(error);
  if (error instanceof NoVantageError) return new Problem('no-vantage', error.message);
  if (error instanceof BusUnavailableError) return unavailable('bus-unavailable', error.message);
  const { statusCode, code, message } = (error ?? {}) as { statusCode?: number; code?: string; message?: string };
  switch (statusCode) {
    case 404:
      return new Problem('not-found', 'No resource has this path.');
    case 413:
      return new Problem('payload-too-large', 'The body is larger than MAX_TARGETS targets can need.');
    case 415:
      return new Problem('unsupported-media-type', UNSUPPORTED_TYPE);
    default:
      if (statusCode === undefined || statusCode < 400 || statusCode >= 500) {
        return new Problem('internal', 'The request could not be answered; the log of this instance says why.');
      }
      return invalidRequest([{ path: code === 'FST_ERR_BAD_URL' ? 'path' : 'body', message: explain(code, message) }]);
  }
}

function explain(code: string | undefined, message: string | undefined): string {
  switch (code) {
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'is required: a JSON object with "targets"';
    case 'FST_ERR_BAD_URL':
      return 'takes valid percent-encoding';
    default:
      return message ?? 'is not valid';
  }
}
