// POST /check and GET /check. The contract parses the request, the checker runs the checks, and this file chooses the form
// of the reply.
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZodOpenApi } from 'fastify-zod-openapi';
import type { Admission } from '../callers/admission.ts';
import type { Cancellation } from '../check/cancellation.ts';
import type { Inquiry } from '../check/inquiry.ts';
import type { Pool } from '../check/pool.ts';
import type { CheckReply } from '../check/result.ts';
import type { Contract } from '../contract/contract.ts';
import { type FieldError, fieldErrors } from '../contract/field-errors.ts';
import type { Question } from '../contract/question-reader.ts';
import type { TargetParser } from '../contract/target-parser.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { askerOf } from './authentication.ts';
import { whileWanted } from './departure.ts';
import { JsonBody } from './body/json-body.ts';
import { readQuestion } from './body/json-question.ts';
import { LineBody } from './body/line-body.ts';
import { leaveBody } from './body/unread-body.ts';
import { getOperation, NO_QUERY, postOperation } from './document/check-operations.ts';
import type { OwnPort } from './document/own-port.ts';
import { JSON_TYPE, NDJSON_TYPE } from './media-types.ts';
import { areMany, areSome, jsonLine, replyPieces } from './json-line.ts';
import { sliced } from './json-reply.ts';
import { closeBehind } from './closing.ts';
import { type Way, wayHere, wayOf, wayOfAll } from './fleet-way.ts';
import { LineWriter } from './ndjson.ts';
import { preferredType } from './negotiation.ts';
import { invalidRequest, Problem } from './problems.ts';
import { installRequestMemory } from './request-memory.ts';
import type { Slices } from '../check/slices.ts';
import { TargetStream } from './target-stream.ts';

export interface CheckRoutesOptions {
  readonly contract: Contract;
  /** What the examples in the document are about. */
  readonly own: OwnPort;
  readonly checker: Admission;
  /** Null where there is none to ask. */
  readonly fleet: Pick<FleetView, 'select'> | null;
  /** What callers make this process hold. */
  readonly memory: Pool;
  /** Cancelled when the process gives up what is still running. */
  readonly shutdown: Cancellation;
  /** What reading large requests, and writing large replies, has of the event loop. */
  readonly slices: Slices;
  /** The connections whose requests are streams, while they last, with the writers of their replies. */
  readonly streaming: WeakMap<Socket, Set<LineWriter>>;
}

/** See browser-guard.ts. */
const ACTS = { acts: true } as const;

export const checkRoutes: FastifyPluginAsyncZodOpenApi<CheckRoutesOptions> = async (app, options) => {
  const { contract, own } = options;
  const here = wayHere(options.checker);
  installRequestMemory(app, options.memory);

  const post = { config: ACTS, schema: postOperation(contract, own), preValidation: refuseQueryOfJson };
  app.post('/check', post, async (request, reply) => {
    // Without a body there is no content type, so no parser and no schema has refused it yet.
    const body = request.body as unknown;
    if (body instanceof LineBody) {
      negotiate(request.headers.accept, [NDJSON_TYPE]);
      const parser = orProblem(contract.targetsUnder(request.query));
      const way = parser.fleet === null ? here : await wayOf(parser.fleet, parser.shared, options);
      return await answerStream(options, way, body, parser, request, reply);
    }
    const type = negotiate(request.headers.accept, [JSON_TYPE, NDJSON_TYPE]);
    const text = body instanceof JsonBody ? body : new JsonBody('');
    const question = orProblem(await readQuestion(text, contract, options.slices));
    request.memory.dropBody();
    const way = question.fleet === null ? here : await wayOfAll(question, options, type === NDJSON_TYPE);
    if (type === NDJSON_TYPE) return await answerInLines(options, way, request, reply, question);
    return await sendReply(options, reply, question, await answer(options, way, request, reply, question));
  });

  app.get('/check', { config: ACTS, schema: getOperation(contract, own) }, async (request, reply) => {
    negotiate(request.headers.accept, [JSON_TYPE]);
    const question = orProblem(contract.checksOfQuery(request.query));
    const way = question.fleet === null ? here : await wayOfAll(question, options, false);
    const found = await answer(options, way, request, reply, question);
    return await sendReply(options, reply.code(found.ok ? 200 : 503), question, found);
  });
  return Promise.resolve();
};

/** Runs the checks of `request` for as long as its caller waits for them, and takes the answers where it is sent some. */
async function answer(
  { shutdown }: CheckRoutesOptions,
  { checker }: Way,
  request: FastifyRequest,
  reply: FastifyReply,
  { checks, deadlineMs }: Question,
  onResult?: Inquiry['onResult'],
  isOwnSilence?: () => boolean,
): Promise<CheckReply> {
  const asker = askerOf(request);
  const memory = request.memory.part;
  const work = (cancellation: Cancellation): Promise<CheckReply> =>
    checker.check(checks, { asker, cancellation, deadlineMs, memory, onResult });
  const found = await whileWanted(reply, shutdown, work, isOwnSilence);
  const { summary, results } = found;
  request.found = { summary, only: results.length === 1 ? (results[0] ?? null) : null };
  return found;
}

/** The replies of many requests may be due at one instant: what takes time is written in slices, whole or in pieces. */
async function sendReply(
  { slices }: CheckRoutesOptions,
  reply: FastifyReply,
  question: Question,
  found: CheckReply,
): Promise<FastifyReply> {
  if (hasCallerLeft(reply)) return reply.hijack();
  const listed = question.results === 'all' ? found.results : found.results.filter(({ ok }) => !ok);
  const whole = { ...found, results: listed };
  if (!areSome(listed)) return reply.send(whole);
  reply.type(`${JSON_TYPE}; charset=utf-8`);
  if (areMany(listed)) return reply.send(sliced(replyPieces(whole), slices));
  let text = '';
  await slices.soon(() => (text = jsonLine(whole)));
  return hasCallerLeft(reply) ? reply.hijack() : reply.send(text);
}

/** Sends each result as a line when it settles. Nothing is sent before the first, so what is thrown until then is a problem. */
async function answerInLines(
  options: CheckRoutesOptions,
  way: Way,
  request: FastifyRequest,
  reply: FastifyReply,
  question: Question,
): Promise<FastifyReply> {
  const writer = new LineWriter(reply, options.slices);
  const onResult: Inquiry['onResult'] = (index, result) => {
    if (question.results === 'all' || !result.ok) writer.write({ index, result });
  };
  await writer.finish(async () => {
    const isOwnSilence = (): boolean => !writer.isBlocked;
    const found = await answer(options, way, request, reply, question, onResult, isOwnSilence);
    const { summary, vantage, vantages } = found;
    writer.write({ short: { summary, vantage, vantages } });
    return true;
  });
  return reply;
}

/** Answers the lines of `request` for as long as its caller is there, and moves. */
async function answerStream(
  { shutdown, streaming, slices }: CheckRoutesOptions,
  { checker, width, pace, answers }: Way,
  body: LineBody,
  parser: TargetParser,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { socket } = request.raw;
  const memory = request.memory.part;
  const writer = new LineWriter(reply, slices, { told: (line) => targets.told(line), onRoom: () => targets.look() });
  const ways = { checker, width, pace: pace(), slices };
  const targets = new TargetStream({ ...ways, body, parser, writer, asker: askerOf(request), memory });
  const others = streaming.get(socket) ?? new Set(); // Pipelined behind one another.
  streaming.set(socket, others.add(writer));
  try {
    await writer.finish(async () => {
      const isWhole = await whileWanted(reply, shutdown, targets.run, () => targets.isWorking);
      request.found = { summary: targets.summary, only: null };
      // Its deadline has ended it before its body: what comes now is no request.
      if (isWhole && !request.raw.complete) {
        leaveBody(request);
        reply.raw.on('finish', () => closeBehind(socket));
      }
      if (isWhole) writer.write({ short: { summary: targets.summary, vantage: checker.vantage, vantages: answers() } });
      return isWhole;
    });
  } finally {
    others.delete(writer);
    if (others.size === 0) streaming.delete(socket);
  }
  return reply;
}

/** Options of a JSON request stand in its body; in its query they would be lost without a word. */
function refuseQueryOfJson(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const query = request.body instanceof LineBody ? null : NO_QUERY.safeParse(request.query);
  done(query?.success === false ? invalidRequest(fieldErrors(query.error.issues, 'query')) : undefined);
}

/** Throws the Problem that names every field which is wrong. */
function orProblem<T extends object>(parsed: T | { readonly errors: readonly FieldError[] }): T {
  if ('errors' in parsed) throw invalidRequest(parsed.errors);
  return parsed;
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
