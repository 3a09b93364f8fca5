// POST /check and GET /check. The contract parses the request, the checker runs the checks, and this file chooses the form
// of the reply.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZodOpenApi } from 'fastify-zod-openapi';
import type { CheckRunner } from '../callers/admission.ts';
import type { Cancellation } from '../check/cancellation.ts';
import type { Inquiry } from '../check/checker.ts';
import type { CheckReply, CheckResult } from '../check/result.ts';
import type { Parsed, Question } from '../contract/check-request.ts';
import type { Contract } from '../contract/contract.ts';
import { askerOf } from './authentication.ts';
import { whileWanted } from './departure.ts';
import { getOperation, postOperation } from './document/check-operations.ts';
import { JSON_TYPE, NDJSON_TYPE } from './media-types.ts';
import { streamResults } from './ndjson.ts';
import { preferredType } from './negotiation.ts';
import { invalidRequest, Problem } from './problems.ts';

export interface CheckRoutesOptions {
  readonly contract: Contract;
  /** The port that examples in the document point at: reachd's own. */
  readonly examplePort: number;
  readonly checker: CheckRunner;
  /** Cancelled when the process gives up what is still running. */
  readonly shutdown: Cancellation;
}

/** See browser-guard.ts. */
const ACTS = { acts: true } as const;

export const checkRoutes: FastifyPluginAsyncZodOpenApi<CheckRoutesOptions> = async (app, options) => {
  const { contract, examplePort, checker, shutdown } = options;

  /** Runs the checks of `request` for as long as its caller waits for them. */
  const run = (
    request: FastifyRequest,
    reply: FastifyReply,
    { checks, deadlineMs }: Question,
    onResult?: Inquiry['onResult'],
  ): Promise<CheckReply> => {
    const asker = askerOf(request);
    return whileWanted(reply, shutdown, (cancellation) =>
      checker.check(checks, { asker, cancellation, deadlineMs, onResult }),
    );
  };

  app.post('/check', { config: ACTS, schema: postOperation(contract, examplePort) }, async (request, reply) => {
    const type = negotiate(request.headers.accept, [JSON_TYPE, NDJSON_TYPE]);
    // Without a body there is no content type, so no parser and no schema has refused it yet.
    const body = request.body as typeof request.body | undefined;
    if (body === undefined)
      throw invalidRequest([{ path: 'body', message: 'is required: a JSON object with "targets"' }]);
    const question = questionOrProblem(contract.checksOf(body));
    if (type === JSON_TYPE) {
      const answer = await run(request, reply, question);
      return hasCallerLeft(reply) ? reply.hijack() : listed(answer, question);
    }
    await streamResults(reply, (onResult) =>
      run(request, reply, question, (index, result) => {
        if (isListed(result, question)) onResult(index, result);
      }),
    );
    return reply;
  });

  app.get('/check', { config: ACTS, schema: getOperation(contract, examplePort) }, async (request, reply) => {
    negotiate(request.headers.accept, [JSON_TYPE]);
    const question = questionOrProblem(contract.checksOfQuery(request.query));
    const answer = await run(request, reply, question);
    if (hasCallerLeft(reply)) return reply.hijack();
    return reply.code(answer.ok ? 200 : 503).send(listed(answer, question));
  });
  return Promise.resolve();
};

/** Throws the Problem that names every field which is wrong. */
function questionOrProblem(parsed: Parsed): Question {
  if ('errors' in parsed) throw invalidRequest(parsed.errors);
  return parsed;
}

function isListed({ ok }: CheckResult, { results }: Question): boolean {
  return results === 'all' || !ok;
}

function listed(answer: CheckReply, question: Question): CheckReply {
  if (question.results === 'all') return answer;
  return { ...answer, results: answer.results.filter((result) => isListed(result, question)) };
}

/** The caller has left: do not spend the main thread on a reply that nobody reads. */
function hasCallerLeft(reply: FastifyReply): boolean {
  return reply.raw.destroyed;
}

/** Throws a Problem when the caller accepts none of the offered types. */
function negotiate<Offered extends string>(accept: string | undefined, offered: readonly Offered[]): Offered {
  const type = preferredType(accept, offered);
  if (type === null) throw new Problem('not-acceptable', `The reply comes as ${offered.join(' or ')}.`);
  return type;
}
