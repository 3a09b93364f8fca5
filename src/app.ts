// Builds the HTTP application out of parts it is given; it never listens, reads no environment and owns no singleton.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { checkRoutes, type CheckRunner } from './http/check-routes.ts';
import { addDocumentRoutes, installDocument } from './http/document-routes.ts';
import { answerBrokenRequest, installErrorHandling, sendProblem } from './http/error-handling.ts';
import { healthRoutes, type ReactorHealth } from './http/health-routes.ts';
import { unavailable } from './http/problems.ts';
import { bodyLimitBytes } from './http/request-schemas.ts';
import { installRequestLog } from './http/request-log.ts';
import { validatorCompiler } from './http/validation.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type Config, DEFAULTS } from './settings.ts';

export interface AppParts {
  readonly config: Config;
  readonly checker: CheckRunner;
  readonly reactor: ReactorHealth;
  readonly lifecycle: Lifecycle;
  readonly logger: FastifyBaseLogger;
}

/** For a whole request to arrive, headers and body: a slow sender must not hold a descriptor for ever. */
const REQUEST_TIMEOUT_MS = 30_000;
/** For a connection on which nothing moves and no check is running. */
const CONNECTION_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 30_000;

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, checker, reactor, lifecycle, logger } = parts;
  const app = Fastify({
    loggerInstance: logger,
    // installRequestLog writes the one line.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId,
    bodyLimit: bodyLimitBytes(config.maxTargets),
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: REQUEST_TIMEOUT_MS / 2 },
    // installLifecycle answers in the service's own words.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: answerBrokenRequest,
  });
  // Replies are plain data of our own making: their schemas document them, and JSON.stringify sends them.
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  // JSON is the only body; Fastify would read text/plain too.
  app.removeContentTypeParser('text/plain');

  installRequestLog(app);
  installLifecycle(app, lifecycle);
  installErrorHandling(app);
  await installDocument(app);
  await app.register(healthRoutes, { reactor, lifecycle });
  await app.register(checkRoutes, {
    limits: config,
    examplePort: config.port === 0 ? DEFAULTS.port : config.port,
    checker,
    abortAll: lifecycle.checksAborted,
  });
  addDocumentRoutes(app);
  await app.ready();
  return app;
}

/** While draining each reply asks for a new connection, which a load balancer opens elsewhere; while closing, nothing more. */
function installLifecycle(app: FastifyInstance, lifecycle: Lifecycle): void {
  app.addHook('onRequest', (_request, _reply, done) => {
    if (lifecycle.state !== 'closing') done();
    else done(unavailable('shutting-down', 'This instance is shutting down; ask another.'));
  });
  // As late as possible: a request may have come before the signal and have its answer after it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.state === 'draining' || lifecycle.state === 'closing') void reply.header('connection', 'close');
    done(null, payload);
  });
}

/** The caller's id when it is a plain word, so that logs of two services can be joined; else a new one. */
function genReqId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
