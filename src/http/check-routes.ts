// POST /check and GET /check: the same work behind two doors. Validation is the schemas', meaning is the checker's;
// this file only decides which form the reply takes.
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { FastifyPluginAsyncZodOpenApi, FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import type { CheckReply } from '../check/result.ts';
import { checksOf } from '../contract/check-request.ts';
import type { RunChecks } from '../callers/admission.ts';
import { checkReplyExample, refusedReplyExample, requestExamples, streamExamples } from './document/examples.ts';
import { NDJSON_TYPE, streamResults } from './ndjson.ts';
import { preferredType } from './negotiation.ts';
import { PROBLEM_TYPE, problemContent, problemResponse } from './document/problem-responses.ts';
import { invalidRequest, Problem } from './problems.ts';
import { REPLY_SCHEMAS } from './document/reply-schemas.ts';
import { createRequestSchemas, type RequestLimits } from '../contract/request-schemas.ts';

export interface CheckRoutesOptions {
  readonly limits: RequestLimits;
  /** The port that examples in the document point at: reachd's own. */
  readonly examplePort: number;
  readonly run: RunChecks;
}

const JSON_TYPE = 'application/json';
/** Options stand in the body; beside it they would be lost without a word. */
const NO_QUERY = z.strictObject({});

export const checkRoutes: FastifyPluginAsyncZodOpenApi<CheckRoutesOptions> = async (app, options) => {
  const { body, query } = createRequestSchemas(options.limits);

  app.post('/check', { schema: postSchema(body, options.examplePort) }, async (request, reply) => {
    const type = negotiate(request.headers.accept, [JSON_TYPE, NDJSON_TYPE]);
    // Without a body there is no content type either, and so far nothing has looked at it.
    const wanted = request.body as typeof request.body | undefined;
    if (wanted === undefined)
      throw invalidRequest([{ path: 'body', message: 'is required: a JSON object with "targets"' }]);
    const checks = checksOf(wanted);
    if (type === JSON_TYPE) {
      const answer = await options.run(request, reply, checks);
      return isLeft(reply) ? reply.hijack() : answer;
    }
    await streamResults(reply, (onResult) => options.run(request, reply, checks, onResult));
    return reply;
  });

  app.get('/check', { schema: getSchema(query, options.examplePort) }, async (request, reply) => {
    negotiate(request.headers.accept, [JSON_TYPE]);
    const { target, ...shared } = request.query;
    const checks = checksOf({ targets: target, ...shared }, 'target');
    const answer = await options.run(request, reply, checks);
    if (isLeft(reply)) return reply.hijack();
    return reply.code(answer.ok ? 200 : 503).send(answer);
  });
  return Promise.resolve();
};

/** To write a reply that nobody reads would keep those waiting who are still there. */
function isLeft(reply: FastifyReply): boolean {
  return reply.raw.destroyed;
}

function negotiate<Offered extends string>(accept: string | undefined, offered: readonly Offered[]): Offered {
  const type = preferredType(accept, offered);
  if (type === null) throw new Problem('not-acceptable', `The reply comes as ${offered.join(' or ')}.`);
  return type;
}

type RequestSchemas = ReturnType<typeof createRequestSchemas>;

function postSchema(body: RequestSchemas['body'], examplePort: number) {
  return {
    operationId: 'check',
    summary: 'Check targets',
    description:
      'Answers 200 whenever the checks ran, whatever they found. With `Accept: application/x-ndjson` each result is one ' +
      'line, sent as it settles. The caller going away cancels what is left.',
    tags: ['check'],
    querystring: NO_QUERY,
    body: {
      id: 'Check',
      required: true,
      content: { [JSON_TYPE]: { schema: body, examples: requestExamples(examplePort) } },
    },
    response: {
      200: {
        description: 'The checks ran.',
        content: {
          [JSON_TYPE]: { schema: REPLY_SCHEMAS.CheckReply, example: checkReplyExample(examplePort) },
          [NDJSON_TYPE]: { schema: REPLY_SCHEMAS.CheckStreamLine, examples: streamExamples(examplePort) },
        },
      },
      400: problemResponse('invalid-request'),
      401: problemResponse('unauthorized'),
      406: problemResponse('not-acceptable'),
      413: problemResponse('payload-too-large'),
      415: problemResponse('unsupported-media-type'),
      429: problemResponse('rate-limited'),
      503: problemResponse('overloaded', 'shutting-down'),
    },
  } as const satisfies FastifyZodOpenApiSchema;
}

function getSchema(query: RequestSchemas['query'], examplePort: number) {
  const content = (example: CheckReply) => ({ [JSON_TYPE]: { schema: REPLY_SCHEMAS.CheckReply, example } });
  return {
    operationId: 'checkByQuery',
    summary: 'Check targets, with the verdict in the status',
    description: 'The same work and the same reply, for callers that can only GET and only read a status.',
    tags: ['check'],
    querystring: query,
    response: {
      200: { description: 'Every target is ok.', content: content(checkReplyExample(examplePort)) },
      400: problemResponse('invalid-request'),
      401: problemResponse('unauthorized'),
      406: problemResponse('not-acceptable'),
      429: problemResponse('rate-limited'),
      503: {
        description: 'A target is not ok (a CheckReply), or the request was turned away (a Problem).',
        content: { ...content(refusedReplyExample()), [PROBLEM_TYPE]: problemContent('overloaded', 'shutting-down') },
      },
    },
  } as const satisfies FastifyZodOpenApiSchema;
}
