// Builds the HTTP application out of parts it is given; it never listens, reads no environment and owns no singleton.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { CallerLimits } from './callers/limits.ts';
import { Cancellation } from './check/cancellation.ts';
import { Contract } from './contract/contract.ts';
import { installAuthentication } from './http/authentication.ts';
import { installBrowserGuard } from './http/browser-guard.ts';
import { checkRoutes } from './http/check-routes.ts';
import { Admission, type CheckRunner } from './callers/admission.ts';
import { installConnections } from './http/connections.ts';
import { StreamWindows } from './callers/window.ts';
import { addDocumentRoutes, installDocument } from './http/document/document-routes.ts';
import { answerBrokenRequest, endBrokenStream, installErrorHandling, sendProblem } from './http/error-handling.ts';
import { healthRoutes, type ReactorHealth } from './http/health-routes.ts';
import { jsonLine } from './http/json-line.ts';
import { installJsonBody } from './http/body/json-body.ts';
import { installLineBodies } from './http/body/line-body.ts';
import { policyRoutes, type PolicySource } from './http/policy-routes.ts';
import { unavailable } from './http/problems.ts';
import { installReplyHeaders } from './http/reply-headers.ts';
import { bodyLimitBytes } from './contract/request-schemas.ts';
import { installRequestHead } from './http/request-head.ts';
import { installRequestLog, shareLogger } from './http/request-log.ts';
import { validatorCompiler } from './http/validation.ts';
import type { Lifecycle } from './process/lifecycle.ts';
import { type Config, DEFAULTS } from './config/settings.ts';
import type { Tokens } from './callers/tokens.ts';

export interface AppParts {
  readonly config: Config;
  readonly checker: CheckRunner;
  readonly policy: PolicySource;
  /** null: no request needs one. */
  readonly tokens: Pick<Tokens, 'nameOf'> | null;
  readonly reactor: ReactorHealth;
  readonly lifecycle: Lifecycle;
  /** HTTP connections at a time, 8 or more. */
  readonly maxConnections: number;
  readonly logger: FastifyBaseLogger;
}

/** For a whole request to arrive, headers and body: a slow sender must not hold a descriptor for ever. */
const REQUEST_TIMEOUT_MS = 30_000;
/** For a connection on which nothing moves and no check is running. */
const CONNECTION_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
/** How often Node looks for requests that take too long; every 30 s unless told otherwise. */
const CHECKING_INTERVAL_MS = 1000;

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, checker, reactor, lifecycle, logger } = parts;
  const streaming = new WeakMap<Socket, number>();
  const app = Fastify({
    loggerInstance: logger,
    // installRequestLog writes the one line.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: shareLogger,
    genReqId,
    bodyLimit: bodyLimitBytes(config.maxTargets),
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
    clientErrorHandler: (error, socket) => {
      if (streaming.has(socket)) endBrokenStream(error, socket);
      else answerBrokenRequest(error, socket);
    },
  });
  // Replies are plain data of our own making: their schemas document them, and JSON.stringify sends them.
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => jsonLine);

  // In the order in which their hooks see a request; each of them may answer it.
  installReplyHeaders(app);
  installRequestLog(app);
  installLifecycle(app, lifecycle);
  installBrowserGuard(app, config.host);
  installAuthentication(app, parts.tokens);
  installErrorHandling(app);
  installJsonBody(app);
  installLineBodies(app);
  installRequestHead(app);
  installConnections(app, parts.maxConnections);
  await installDocument(app);
  await app.register(healthRoutes, { reactor, lifecycle });
  await app.register(policyRoutes, { policy: parts.policy });
  const shutdown = new Cancellation();
  lifecycle.checksAborted.addEventListener('abort', () => shutdown.cancel(), { once: true });
  await app.register(checkRoutes, {
    contract: new Contract(config),
    examplePort: config.port === 0 ? DEFAULTS.port : config.port,
    checker: new Admission(checker, callerLimits(config), new StreamWindows(config.streamWindow)),
    shutdown,
    streaming,
  });
  addDocumentRoutes(app);
  await app.ready();
  return app;
}

/** null when nothing limits a caller. */
function callerLimits(config: Config): CallerLimits | null {
  const { rateTargetsPerSecond, rateBurst, maxQueuedPerCaller } = config;
  if (rateTargetsPerSecond === 0 && maxQueuedPerCaller === 0) return null;
  return new CallerLimits({ targetsPerSecond: rateTargetsPerSecond, burst: rateBurst, maxQueued: maxQueuedPerCaller });
}

/** While draining, each reply closes its connection: a load balancer opens the next one elsewhere. While closing, refuses. */
function installLifecycle(app: FastifyInstance, lifecycle: Lifecycle): void {
  app.addHook('onRequest', (_request, _reply, done) => {
    if (lifecycle.state !== 'closing') done();
    else done(unavailable('shutting-down', 'This instance is shutting down; ask another.'));
  });
  // As late as possible: the signal may come between a request and its reply.
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
