// Answers every HTTP error as application/problem+json: what routes throw, what the framework refuses, unknown paths and
// methods, and requests that the parser cannot read.
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../callers/asker.ts';
import { NoRoomError } from '../check/pool.ts';
import { monotonicMs } from '../clock.ts';
import { askerOf } from './authentication.ts';
import { leaveBody } from './body/unread-body.ts';
import { endSoon } from './closing.ts';
import { jsonLine } from './json-line.ts';
import { PROBLEM_TYPE } from './media-types.ts';
import { REPLY_HEADERS } from './reply-headers.ts';
import { SlowRefusals } from './slow-refusals.ts';
import { Problem, problemOf, problemReply, PROBLEMS } from './problems.ts';
import { RouteMethods } from './route-methods.ts';

/** Install it before the routes: it learns of them as they are added. */
export function installErrorHandling(app: FastifyInstance): void {
  const routes = new RouteMethods();
  app.addHook('onRoute', (route) => routes.add(route.url, [route.method].flat()));
  // Refuse an unknown path before the body is read: otherwise the reply would complain about the body.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) done(noSuchRoute(request, routes));
    else done();
  });
  app.setNotFoundHandler((request) => {
    throw noSuchRoute(request, routes);
  });
  const refusals = new SlowRefusals();
  app.setErrorHandler((error, request, reply) => {
    const isForRoom = error instanceof NoRoomError && error.why !== 'never';
    const delayMs = isForRoom ? refusals.delayMs(callerOf(askerOf(request)), monotonicMs()) : 0;
    leaveBody(request);
    if (delayMs === 0) answer(error, request, reply);
    else setTimeout(() => answer(error, request, reply), delayMs).unref();
  });
}

/** Also serves as Fastify's `frameworkErrors`, for requests that never reach a route. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  leaveBody(request);
  answer(error, request, reply);
}

function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.code === 'internal') request.log.error({ reqId: request.id, err: error }, 'request failed');
  void reply
    .code(problem.status)
    .headers({ ...REPLY_HEADERS, ...problem.headers, 'x-request-id': request.id })
    .type(PROBLEM_TYPE)
    .serializer(jsonLine) // An unknown path has no route, and so no serializer of its own.
    .send(problemReply(problem, pathOf(request.url)));
}

/** Fastify's `clientErrorHandler`: there is no request, only a socket whose bytes the parser cannot read. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = brokenRequest(error.code);
  const body = jsonLine(problemReply(problem, '/'));
  const { status, title } = PROBLEMS[problem.code];
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(REPLY_HEADERS).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  endSoon(socket);
}

/** The same for a request that is a stream of targets, which takes as long as it moves. `hasBegun`: its reply has. */
export function endBrokenStream(error: Error & { readonly code?: string }, socket: Socket, hasBegun: boolean): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return;
  if (hasBegun) socket.destroy();
  else answerBrokenRequest(error, socket);
}

function brokenRequest(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('header-too-large', 'The request line and headers are larger than this server reads.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not arrive in time.');
    default:
      return new Problem('invalid-request', 'This is not a valid HTTP/1.1 request.');
  }
}

function noSuchRoute(request: FastifyRequest, routes: RouteMethods): Problem {
  const allowed = routes.at(pathOf(request.url));
  // Swagger UI's files are one route, so a missing file has an allowed method and is still not found.
  if (allowed.length === 0 || allowed.includes(request.method))
    return new Problem('not-found', 'No resource has this path.');
  const allow = allowed.join(', ');
  return new Problem('method-not-allowed', `This resource takes ${allow}.`, { headers: { allow } });
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
