// Builds the HTTP application out of parts it is given; it never listens, reads no environment and owns no singleton.
import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { Cancellation } from './check/cancellation.ts';
import type { Slices } from './check/slices.ts';
import type { Pool } from './check/pool.ts';
import { Contract } from './contract/contract.ts';
import { ProbeContract, type ProbeModule } from './contract/probe-question.ts';
import { installAuthentication } from './http/authentication.ts';
import { installBrowserGuard } from './http/browser-guard.ts';
import { checkRoutes } from './http/check-routes.ts';
import type { Admission } from './callers/admission.ts';
import { installConnections } from './http/connections.ts';
import { addDocumentRoutes, documentOnDemand, gatherRoutes } from './http/document/document-routes.ts';
import type { ApiDocument } from './http/document/document.ts';
import type { FleetView } from './fleet/fleet-view.ts';
import type { FileView } from './groups/file-in-force.ts';
import { answerBrokenRequest, endBrokenStream, installErrorHandling } from './http/error-handling.ts';
import { fleetRoutes } from './http/fleet-routes.ts';
import { groupRoutes } from './http/group-routes.ts';
import { ownPort, type OwnPort } from './http/document/own-port.ts';
import { instanceRoutes, instanceSource, type Load } from './http/instance-routes.ts';
import { addPages } from './http/pages/page-routes.ts';
import { healthRoutes, type ReactorHealth } from './http/health-routes.ts';
import { installJsonBody } from './http/body/json-body.ts';
import { installLineBodies } from './http/body/line-body.ts';
import { metricsRoutes } from './http/metrics-routes.ts';
import type { LineWriter } from './http/ndjson.ts';
import { policyRoutes, type PolicySource } from './http/policy-routes.ts';
import { probeRoutes } from './http/probe-routes.ts';
import { unavailable } from './http/problems.ts';
import { installReplyHeaders } from './http/reply-headers.ts';
import { bodyLimitBytes } from './contract/request-schemas.ts';
import { installRequestHead } from './http/request-head.ts';
import { installRequestLog, type RequestCounter } from './http/request-log.ts';
import { createServer } from './http/server.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Lifecycle } from './process/lifecycle.ts';
import { type Config, DEFAULTS } from './config/settings.ts';
import type { Tokens } from './callers/tokens.ts';

export interface AppParts {
  readonly config: Config;
  readonly checker: Admission;
  readonly policy: PolicySource;
  /** null: no request needs one. */
  readonly tokens: Pick<Tokens, 'nameOf'> | null;
  readonly reactor: ReactorHealth;
  readonly lifecycle: Lifecycle;
  readonly load: () => Load;
  readonly metrics: { readonly http: RequestCounter; readonly page: Metrics['page'] };
  /** CONFIG_FILE; null where there is none. */
  readonly file: FileView | null;
  /** Null where there is none to ask. */
  readonly fleet: Pick<FleetView, 'select' | 'vantages'> | null;
  /** What callers may make this process hold. */
  readonly memory: Pool;
  /** What work on large requests has of the event loop. */
  readonly slices: Slices;
  /** HTTP connections at a time, 8 or more. */
  readonly maxConnections: number;
  readonly logger: FastifyBaseLogger;
}

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, reactor, lifecycle, metrics } = parts;
  const streaming = new WeakMap<Socket, Set<LineWriter>>();
  const app = createServer({
    logger: parts.logger,
    bodyLimit: bodyLimitBytes(config.maxTargets),
    slices: parts.slices,
    onBroken: (error, socket) => {
      const writers = [...(streaming.get(socket) ?? [])];
      const hasBegun = writers.some((writer) => writer.hasBegun);
      if (writers.length === 0) answerBrokenRequest(error, socket);
      else endBrokenStream(error, socket, hasBegun);
    },
  });

  // In the order in which their hooks see a request; each of them may answer it.
  installReplyHeaders(app);
  installRequestLog(app, metrics.http);
  installLifecycle(app, lifecycle);
  installBrowserGuard(app, config.host);
  installAuthentication(app, parts.tokens);
  installErrorHandling(app);
  installJsonBody(app, bodyLimitBytes(config.maxTargets));
  installLineBodies(app);
  installRequestHead(app);
  installConnections(app, parts.maxConnections, parts.slices.time);
  const own = ownPort(config.port === 0 ? { ...config, port: DEFAULTS.port } : config);
  const routes = gatherRoutes(app);
  await app.register(healthRoutes, { reactor, lifecycle });
  await app.register(groupRoutes, { groups: parts.file?.groups ?? null });
  await app.register(fleetRoutes, { fleet: parts.fleet });
  await app.register(policyRoutes, { policy: parts.policy });
  await app.register(metricsRoutes, { page: () => metrics.page() });
  await addChecks(app, parts, own, streaming);
  await addWhatPeopleRead(app, parts, documentOnDemand({ routes, own, logger: app.log }));
  await app.ready();
  return app;
}

/** The two ways to ask: they share the contract. */
async function addChecks(
  app: FastifyInstance,
  parts: AppParts,
  own: OwnPort,
  streaming: WeakMap<Socket, Set<LineWriter>>,
): Promise<void> {
  const { config, checker, lifecycle, file, memory, fleet, slices } = parts;
  const contract = new Contract({ ...config, coordinates: fleet !== null });
  const shutdown = new Cancellation();
  lifecycle.checksAborted.addEventListener('abort', () => shutdown.cancel(), { once: true });
  await app.register(checkRoutes, {
    contract,
    own,
    checker,
    fleet,
    memory,
    shutdown,
    slices,
    streaming,
  });
  const probes = new ProbeContract(contract, () => file?.modules() ?? NO_MODULES, config);
  await app.register(probeRoutes, { contract: probes, checker, memory, shutdown });
}

const NO_MODULES: ReadonlyMap<string, ProbeModule> = new Map();

async function addWhatPeopleRead(
  app: FastifyInstance,
  parts: AppParts,
  document: () => Promise<ApiDocument>,
): Promise<void> {
  const { config, lifecycle, tokens, file, fleet } = parts;
  const describe = instanceSource(parts);
  await app.register(instanceRoutes, { describe });
  addDocumentRoutes(app, config.pages, document);
  addPages(app, {
    ...config,
    describe,
    groups: file !== null,
    fleet: fleet !== null,
    takesToken: tokens !== null,
    limits: config,
    document,
    furnish: (docs) => {
      installReplyHeaders(docs);
      installLifecycle(docs, lifecycle);
      installErrorHandling(docs);
    },
  });
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
