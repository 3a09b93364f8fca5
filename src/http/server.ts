// A Fastify server with reachd's bounds in time and its own words for what HTTP itself does not take. It has no routes.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { Slices } from '../check/slices.ts';
import { LargeBodies } from './body/large-bodies.ts';
import { isEnded } from './closing.ts';
import { sendProblem } from './error-handling.ts';
import { jsonLine } from './json-line.ts';
import { shareLogger } from './request-log.ts';
import { validatorCompiler } from './validation.ts';

/** For a whole request to arrive, headers and body: a slow sender must not hold a descriptor for ever. */
const REQUEST_TIMEOUT_MS = 30_000;
/** For a connection on which nothing moves and no check is running. */
const CONNECTION_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
/** How often Node looks for requests that take too long; every 30 s unless told otherwise. */
const CHECKING_INTERVAL_MS = 1000;

export interface ServerOptions {
  readonly logger: FastifyBaseLogger;
  readonly bodyLimit: number;
  /** Answers, or ends, a connection that sends what is no request. */
  readonly onBroken: (error: Error & { readonly code?: string }, socket: Socket) => void;
  /** What work on large requests has of the event loop. */
  readonly slices?: Slices;
}

export function createServer({ logger, bodyLimit, onBroken, slices = new Slices() }: ServerOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    // installRequestLog writes the one line.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: shareLogger,
    genReqId,
    bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // installRequestHead answers a request without a Host.
    http: {
      headersTimeout: REQUEST_TIMEOUT_MS / 2,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      requireHostHeader: false,
    },
    // installLifecycle answers in the service's own words.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: onBroken,
    schemaController: { compilersFactory: { buildValidator: notOurs, buildSerializer: notOurs } },
  });
  app.decorate('largeBodies', new LargeBodies(slices));
  app.addHook('onRequest', (request, reply, done) => {
    if (isEnded(request.raw)) reply.hijack();
    else done();
  });
  // Replies are plain data of our own making: their schemas document them, and JSON.stringify sends them.
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => jsonLine);
  return app;
}

/** In the place of Fastify's own compilers, which it would load, Ajv and fast-json-stringify, and never use. */
function notOurs(): never {
  throw new Error("this server's compilers are set");
}

/** The caller's id when it is a plain word, so that logs of two services can be joined; else a new one. */
function genReqId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
