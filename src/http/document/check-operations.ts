// How POST /check and GET /check stand in the OpenAPI document, and what they are validated by.
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import * as z from 'zod';
import type { CheckReply } from '../../check/result.ts';
import type { Contract } from '../../contract/contract.ts';
import { JSON_TYPE, NDJSON_TYPE, PROBLEM_TYPE, TEXT_TYPE } from '../media-types.ts';
import type { LineBody } from '../body/line-body.ts';
import { checkReplyExample, lineExamples, refusedReplyExample, requestExamples, streamExamples } from './examples.ts';
import type { OwnPort } from './own-port.ts';
import type { ProblemCode } from '../problems.ts';
import { problemContent, problemResponse } from './problem-responses.ts';
import { REPLY_SCHEMAS } from './reply-schemas.ts';

/** Of a JSON request: its options stand in the body. */
export const NO_QUERY = z.strictObject({});

const NDJSON_LINES =
  'Each line a target in JSON, as in `targets`; empty lines do not count. Options are query parameters.';
const TEXT_LINES =
  'Each line a target; empty lines, and lines that begin with `#`, do not count. Options are query parameters.';

/** A body that is read line by line, and not here: to the document it is text. */
function lines(id: string, description: string) {
  return z.custom<LineBody>(() => true).meta({ id, description, override: { type: 'string' } });
}

/** What may go wrong where a request can say from where it is asked, beside the rest. */
function ofFleet(coordinates: boolean) {
  const here: Codes = ['overloaded', 'shutting-down'];
  if (!coordinates) return { noVantage: {}, unavailable: here };
  const unavailable: Codes = ['overloaded', 'bus-unavailable', 'shutting-down'];
  return { noVantage: { 422: problemResponse('no-vantage') }, unavailable };
}

type Codes = readonly [ProblemCode, ...ProblemCode[]];

/** `own`: the port that examples are about. */
export function postOperation({ body, streamQuery, coordinates }: Contract, own: OwnPort) {
  const { noVantage, unavailable } = ofFleet(coordinates);
  return {
    operationId: 'check',
    summary: 'Check targets',
    description:
      'Answers 200 whenever the checks ran, whatever they found. With `Accept: application/x-ndjson` each result is one ' +
      'line, sent as it settles. The caller going away cancels what is left. A body of lines is a stream, of any length: ' +
      'each line a target, answered as it arrives, the options in the query; a line that is none is answered in its place.',
    tags: ['check'],
    querystring: streamQuery,
    body: {
      id: 'Check',
      required: true,
      content: {
        [JSON_TYPE]: { schema: body, examples: requestExamples(own) },
        [NDJSON_TYPE]: { schema: lines('TargetLines', NDJSON_LINES), example: lineExamples(own).ndjson },
        [TEXT_TYPE]: { schema: lines('TargetText', TEXT_LINES), example: lineExamples(own).text },
      },
    },
    response: {
      200: {
        description: 'The checks ran.',
        content: {
          [JSON_TYPE]: { schema: REPLY_SCHEMAS.CheckReply, example: checkReplyExample(own) },
          [NDJSON_TYPE]: { schema: REPLY_SCHEMAS.CheckStreamLine, examples: streamExamples(own) },
        },
      },
      400: problemResponse('invalid-request'),
      401: problemResponse('unauthorized'),
      406: problemResponse('not-acceptable'),
      413: problemResponse('payload-too-large'),
      415: problemResponse('unsupported-media-type'),
      ...noVantage,
      429: problemResponse('rate-limited'),
      503: problemResponse(...unavailable),
    },
  } as const satisfies FastifyZodOpenApiSchema;
}

/** `own`: as above. */
export function getOperation({ query, coordinates }: Contract, own: OwnPort) {
  const { noVantage, unavailable } = ofFleet(coordinates);
  const content = (example: CheckReply) => ({ [JSON_TYPE]: { schema: REPLY_SCHEMAS.CheckReply, example } });
  return {
    operationId: 'checkByQuery',
    summary: 'Check targets, with the verdict in the status',
    description: 'The same work and the same reply, for callers that can only GET and only read a status.',
    tags: ['check'],
    querystring: query,
    response: {
      200: { description: 'Every target is ok.', content: content(checkReplyExample(own)) },
      400: problemResponse('invalid-request'),
      401: problemResponse('unauthorized'),
      406: problemResponse('not-acceptable'),
      ...noVantage,
      429: problemResponse('rate-limited'),
      503: {
        description: 'A target is not ok (a CheckReply), or the request was turned away (a Problem).',
        content: { ...content(refusedReplyExample()), [PROBLEM_TYPE]: problemContent(...unavailable) },
      },
    },
  } as const satisfies FastifyZodOpenApiSchema;
}
