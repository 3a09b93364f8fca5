// POST /check and GET /check: one question behind two doors. The contract says what may be asked, the checker what it
// comes to; this file decides which form the reply takes.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZodOpenApi } from 'fastify-zod-openapi';
import type { CheckRunner } from '../callers/admission.ts';
import type { Cancellation } from '../check/cancellation.ts';
import type { Inquiry } from '../check/checker.ts';
import type { Check, CheckReply, CheckResult } from '../check/result.ts';
import type { Asked, Parsed } from '../contract/check-request.ts';
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
    checks: readonly Check[],
    onResult?: Inquiry['onResult'],
  ): Promise<CheckReply> => {
    const asker = askerOf(request);
    return whileWanted(reply, shutdown, (cancellation) => checker.check(checks, { asker, cancellation, onResult }));
  };

  app.post('/check', { config: ACTS, schema: postOperation(contract, examplePort) }, async (request, reply) => {
    const type = negotiate(request.headers.accept, [JSON_TYPE, NDJSON_TYPE]);
    // Without a body there is no content type either, and so far nothing has looked at it.
    const body = request.body as typeof request.body | undefined;
    if (body === undefined)
      throw invalidRequest([{ path: 'body', message: 'is required: a JSON object with "targets"' }]);
    const asked = askedOrProblem(contract.checksOf(body));
    if (type === JSON_TYPE) {
      const answer = await run(request, reply, asked.checks);
      return isLeft(reply) ? reply.hijack() : listed(answer, asked);
    }
    await streamResults(reply, (onResult) =>
      run(request, reply, asked.checks, (index, result) => {
        if (isListed(result, asked)) onResult(index, result);
      }),
    );
    return reply;
  });

  app.get('/check', { config: ACTS, schema: getOperation(contract, examplePort) }, async (request, reply) => {
    negotiate(request.headers.accept, [JSON_TYPE]);
    const asked = askedOrProblem(contract.checksOfQuery(request.query));
    const answer = await run(request, reply, asked.checks);
    if (isLeft(reply)) return reply.hijack();
    return reply.code(answer.ok ? 200 : 503).send(listed(answer, asked));
  });
  return Promise.resolve();
};

/** Throws the Problem that names every field which is wrong. */
function askedOrProblem(parsed: Parsed): Asked {
  if ('errors' in parsed) throw invalidRequest(parsed.errors);
  return parsed;
}

function isListed({ ok }: CheckResult, { results }: Asked): boolean {
  return results === 'all' || !ok;
}

function listed(answer: CheckReply, asked: Asked): CheckReply {
  if (asked.results === 'all') return answer;
  return { ...answer, results: answer.results.filter((result) => isListed(result, asked)) };
}

/** The caller has left: do not spend the main thread on a reply that nobody reads. */
function isLeft(reply: FastifyReply): boolean {
  return reply.raw.destroyed;
}

/** Throws a Problem when the caller takes none of what is offered. */
function negotiate<Offered extends string>(accept: string | undefined, offered: readonly Offered[]): Offered {
  const type = preferredType(accept, offered);
  if (type === null) throw new Problem('not-acceptable', `The reply comes as ${offered.join(' or ')}.`);
  return type;
}
