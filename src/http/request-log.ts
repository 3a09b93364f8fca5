// Tells of each request when it is over, also when the caller left before the reply: one line in the log, but not of a route
// with `logLevel: 'silent'`, and to whoever counts.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Bindings, ChildLoggerOptions } from 'pino';

/**
 * Requests share the server's logger, unless their route has its own level: a logger for each request costs a fortieth of a
 * single check's processor time. So each line about a request names it, as `reqId`.
 */
export function shareLogger(
  logger: FastifyBaseLogger,
  bindings: Bindings,
  options: ChildLoggerOptions,
): FastifyBaseLogger {
  return options.level === undefined ? logger : logger.child(bindings, options);
}

/** Who counts requests. `route` is a pattern, not a URL; `code` null: the caller left before the reply. */
export interface RequestCounter {
  count(route: string, method: string, code: number | null, durationMs: number): void;
}

/** The route of paths that are none. */
const NO_ROUTE = 'none';

export function installRequestLog(app: FastifyInstance, counter: RequestCounter): void {
  app.addHook('onRequest', (request, reply, done) => {
    // 'close' always comes; 'finish' comes before it unless the connection broke first.
    let finished = false;
    reply.raw.on('finish', () => {
      finished = true;
    });
    reply.raw.on('close', () => {
      const { id: reqId, method, url } = request;
      const durationMs = Math.round(reply.elapsedTime * 1000) / 1000;
      const status = finished ? reply.statusCode : null;
      counter.count(request.routeOptions.url ?? NO_ROUTE, method, status, durationMs);
      request.log.info({ reqId, method, url, status, durationMs }, finished ? 'request' : 'request left by its caller');
    });
    done();
  });
}
