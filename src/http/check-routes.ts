// POST /check and GET /check. The contract parses the request, the checker runs the checks, and this file chooses the form
// of the reply.
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZodOpenApi } from 'fastify-zod-openapi';
import type { Admission } from '../callers/admission.ts';
import type { Cancellation } from '../check/cancellation.ts';
import type { Inquiry } from '../check/inquiry.ts';
import type { CheckReply, CheckResult } from '../check/result.ts';
import type { Parsed, Question } from '../contract/check-request.ts';
import type { Contract } from '../contract/contract.ts';
import { fieldErrors } from '../contract/field-errors.ts';
import type { TargetParser } from '../contract/target-parser.ts';
import { askerOf } from './authentication.ts';
import { whileWanted } from './departure.ts';
import { LineBody } from './body/line-body.ts';
import { getOperation, NO_QUERY, postOperation } from './document/check-operations.ts';
import { JSON_TYPE, NDJSON_TYPE } from './media-types.ts';
import type { StreamsShared } from './intake.ts';
import { LineWriter, streamResults } from './ndjson.ts';
import { preferredType } from './negotiation.ts';
import { invalidRequest, Problem } from './problems.ts';
import { Slices } from './slices.ts';
import { TargetStream } from './target-stream.ts';

export interface CheckRoutesOptions {
  readonly contract: Contract;
  /** The port that examples in the document point at: reachd's own. */
  readonly examplePort: number;
  readonly checker: Admission;
  /** Cancelled when the process gives up what is still running. */
  readonly shutdown: Cancellation;
  /** The connections whose request is a stream, while it lasts, and how many streams each has. */
  readonly streaming: WeakMap<Socket, number>;
}

/** See browser-guard.ts. */
const ACTS = { acts: true } as const;

export const checkRoutes: FastifyPluginAsyncZodOpenApi<CheckRoutesOptions> = async (app, options) => {
  const { contract, examplePort } = options;
  const shared: StreamsShared = { slices: new Slices(), heldBytes: 0 };

  const post = { config: ACTS, schema: postOperation(contract, examplePort), preValidation: refuseQueryOfJson };
  app.post('/check', post, async (request, reply) => {
    // Without a body there is no content type, so no parser and no schema has refused it yet.
    const body = request.body as typeof request.body | undefined;
    if (body instanceof LineBody) {
      negotiate(request.headers.accept, [NDJSON_TYPE]);
      const parser = parserOrProblem(contract.targetsUnder(request.query));
      return await answerStream({ ...options, body, parser, shared }, request, reply);
    }
    const type = negotiate(request.headers.accept, [JSON_TYPE, NDJSON_TYPE]);
    if (body === undefined) throw NO_BODY;
    const question = questionOrProblem(contract.checksOf(body));
    if (type === JSON_TYPE) {
      const found = await answer(options, request, reply, question);
      return hasCallerLeft(reply) ? reply.hijack() : listed(found, question);
    }
    await streamResults(reply, (onResult) =>
      answer(options, request, reply, question, (index, result) => {
        if (isListed(result, question)) onResult(index, result);
      }),
    );
    return reply;
  });

  app.get('/check', { config: ACTS, schema: getOperation(contract, examplePort) }, async (request, reply) => {
    negotiate(request.headers.accept, [JSON_TYPE]);
    const question = questionOrProblem(contract.checksOfQuery(request.query));
    const found = await answer(options, request, reply, question);
    if (hasCallerLeft(reply)) return reply.hijack();
    return reply.code(found.ok ? 200 : 503).send(listed(found, question));
  });
  return Promise.resolve();
};

/** Runs the checks of `request` for as long as its caller waits for them. */
function answer(
  { checker, shutdown }: CheckRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { checks, deadlineMs }: Question,
  onResult?: Inquiry['onResult'],
): Promise<CheckReply> {
  const asker = askerOf(request);
  return whileWanted(reply, shutdown, (cancellation) =>
    checker.check(checks, { asker, cancellation, deadlineMs, onResult }),
  );
}

interface StreamOptions extends CheckRoutesOptions {
  readonly body: LineBody;
  readonly parser: TargetParser;
  readonly shared: StreamsShared;
}

/** Answers the lines of `request` for as long as its caller is there, and moves. */
async function answerStream(
  { checker, shutdown, streaming, body, parser, shared }: StreamOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { socket } = request.raw;
  const writer = new LineWriter(reply, () => targets.look());
  const targets = new TargetStream({ body, parser, writer, checker, asker: askerOf(request), shared });
  streaming.set(socket, (streaming.get(socket) ?? 0) + 1);
  try {
    await writer.finish(async () => {
      const isWhole = await whileWanted(reply, shutdown, targets.run, () => targets.isWorking);
      if (isWhole) writer.write({ summary: targets.summary, vantage: checker.vantage });
      return isWhole;
    });
  } finally {
    const others = (streaming.get(socket) ?? 1) - 1; // Pipelined behind this one.
    if (others > 0) streaming.set(socket, others);
    else streaming.delete(socket);
  }
  return reply;
}

/** Options of a JSON request stand in its body; in its query they would be lost without a word. */
function refuseQueryOfJson(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const query = request.body instanceof LineBody ? null : NO_QUERY.safeParse(request.query);
  done(query?.success === false ? invalidRequest(fieldErrors(query.error.issues, 'query')) : undefined);
}

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

const NO_BODY = invalidRequest([{ path: 'body', message: 'is required: a JSON object with "targets"' }]);

/** Throws the Problem of options that leave no target an address. */
function parserOrProblem(parser: TargetParser): TargetParser {
  if (parser.contradiction !== null) throw invalidRequest([parser.contradiction]);
  return parser;
}

/** The caller has left: do not spend the main thread on a reply that nobody reads. */
function hasCallerLeft(reply: FastifyReply): boolean {
  return reply.raw.destroyed || reply.request.raw.socket.destroyed;
}

/** Throws a Problem when the caller accepts none of the offered types. */
function negotiate<Offered extends string>(accept: string | undefined, offered: readonly Offered[]): Offered {
  const type = preferredType(accept, offered);
  if (type === null) throw new Problem('not-acceptable', `The reply comes as ${offered.join(' or ')}.`);
  return type;
}
