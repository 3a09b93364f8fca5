// The server of METRICS_PORT: GET /metrics without a token, and nothing else. Whoever reaches it can read and not ask, so it
// may be open to the network that Prometheus scrapes from while PORT is not.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { TurnTime } from '../check/turn-time.ts';
import { installBrowserGuard } from './browser-guard.ts';
import { installConnections } from './connections.ts';
import { answerBrokenRequest, installErrorHandling } from './error-handling.ts';
import { METRICS_CONNECTIONS } from './listening.ts';
import { metricsRoutes, type MetricsRoutesOptions } from './metrics-routes.ts';
import { installReplyHeaders } from './reply-headers.ts';
import { installRequestHead } from './request-head.ts';
import { createServer } from './server.ts';

/** A scrape has no body. */
const MAX_BODY_BYTES = 1024;

export interface MetricsAppParts extends MetricsRoutesOptions {
  /** Where it will listen. */
  readonly host: string;
  readonly logger: FastifyBaseLogger;
}

export async function buildMetricsApp({ host, page, logger }: MetricsAppParts): Promise<FastifyInstance> {
  const app = createServer({ logger, bodyLimit: MAX_BODY_BYTES, onBroken: answerBrokenRequest });
  installReplyHeaders(app);
  installBrowserGuard(app, host);
  installErrorHandling(app);
  installRequestHead(app);
  installConnections(app, METRICS_CONNECTIONS, new TurnTime());
  await app.register(metricsRoutes, { page });
  await app.ready();
  return app;
}
