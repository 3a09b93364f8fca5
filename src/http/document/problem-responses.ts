// How problems appear in the OpenAPI document: one response for each status, one example for each code.
import * as z from 'zod';
import type { FieldError } from '../../contract/field-errors.ts';
import { PROBLEM_TYPE } from '../media-types.ts';
import { Problem, type ProblemCode, problemReply, PROBLEMS, UNSUPPORTED_TYPE } from '../problems.ts';
import { REPLY_SCHEMAS } from './reply-schemas.ts';

const DETAILS: Readonly<Record<ProblemCode, string>> = {
  'invalid-request': 'targets[0].port: takes an integer from 1 to 65535',
  unauthorized: 'This instance takes a token: Authorization: Bearer <token>.',
  'cross-site': 'A page of another site must not use the reachd of the host that it is looked at on.',
  'not-found': 'No resource has this path.',
  'method-not-allowed': 'This resource takes GET, HEAD, POST.',
  'not-acceptable': 'The reply comes as application/json or application/x-ndjson.',
  'request-timeout': 'The request did not arrive in time.',
  'payload-too-large': 'The body is larger than MAX_TARGETS targets can need.',
  'unsupported-media-type': UNSUPPORTED_TYPE,
  'expectation-failed': 'The only expectation that is met is Expect: 100-continue.',
  misdirected: 'The Host header names another host.',
  'no-vantage': 'No vantage point is of that kind.',
  'rate-limited': 'This caller may ask for 500 targets a second.',
  'header-too-large': 'The request line and headers are larger than this server reads.',
  internal: 'The request could not be answered; the log of this instance says why.',
  overloaded: 'Too many attempts are waiting: 100 more attempts on top of 99950 would be too many.',
  'bus-unavailable': 'There is no connection to the bus of the fleet.',
  'shutting-down': 'This instance is shutting down; ask another.',
};

const ERRORS: Readonly<Partial<Record<ProblemCode, readonly FieldError[]>>> = {
  'invalid-request': [{ path: 'targets[0].port', message: 'takes an integer from 1 to 65535' }],
};

const retryAfter = z.object({
  'retry-after': z.string().meta({ description: 'Seconds to wait before the next request.' }),
});

const responses = new Map<string, ReturnType<typeof createResponse>>();

/** A named response of the document; all of `codes` share one status. The same codes give the same object. */
export function problemResponse(...codes: readonly [ProblemCode, ...ProblemCode[]]) {
  const id = codes.map(pascalCase).join('Or');
  const response = responses.get(id) ?? createResponse(id, codes);
  responses.set(id, response);
  return response;
}

function createResponse(id: string, codes: readonly [ProblemCode, ...ProblemCode[]]) {
  return {
    id,
    description: codes.map((code) => `${PROBLEMS[code].title}.`).join(' Or: '),
    ...([429, 503].includes(PROBLEMS[codes[0]].status) && { headers: retryAfter }),
    content: { [PROBLEM_TYPE]: problemContent(...codes) },
  };
}

/** `not-found` → `NotFound`. */
function pascalCase(code: ProblemCode): string {
  return code.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

export function problemContent(...codes: readonly ProblemCode[]) {
  const example = (code: ProblemCode) => {
    const errors = ERRORS[code];
    return problemReply(new Problem(code, DETAILS[code], errors === undefined ? {} : { errors }), '/check');
  };
  return {
    schema: REPLY_SCHEMAS.Problem,
    examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
  };
}
