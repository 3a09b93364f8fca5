// Tells of each request when it is over, also when the caller left before the reply, to whoever counts and in one line of
// the log: who asked, from where, and what the checks came to, so that the line of a failed probe says what failed. A route
// with `logLevel: 'silent'` has no line.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Bindings, ChildLoggerOptions } from 'pino';
import type { CheckResult, Summary } from '../check/result.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What its checks came to; null for a request without checks, and until they are over. */
    found: Found | null;
  }
}

export interface Found {
  readonly summary: Summary;
  /** The result of a request for one target. */
  readonly only: CheckResult | null;
}

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
  app.decorateRequest('found', null);
  app.addHook('onRequest', (request, reply, done) => {
    // 'close' always comes; 'finish' comes before it unless the connection broke first.
    let finished = false;
    // A connection that is closed has no address any more.
    const from = request.ip;
    reply.raw.on('finish', () => {
      finished = true;
    });
    reply.raw.on('close', () => {
      const { id: reqId, method, url, principal: caller, found } = request;
      const durationMs = Math.round(reply.elapsedTime * 1000) / 1000;
      const status = finished ? reply.statusCode : null;
      counter.count(request.routeOptions.url ?? NO_ROUTE, method, status, durationMs);
      const line: RequestLine = { reqId, caller, from, method, url, status, durationMs };
      if (found !== null) tellFound(line, found);
      request.log.info(line, finished ? 'request' : 'request left by its caller');
    });
    done();
  });
}

/** One line of the log. The fields of checks are set one by one: to spread them took a ninth of a request's processor time. */
interface RequestLine {
  readonly reqId: string;
  readonly caller: string | null;
  readonly from: string;
  readonly method: string;
  readonly url: string;
  readonly status: number | null;
  readonly durationMs: number;
  targets?: number;
  ok?: number;
  notOk?: number;
  target?: string;
  outcome?: CheckResult['outcome'];
  cause?: CheckResult['cause'];
}

function tellFound(line: RequestLine, { summary, only }: Found): void {
  line.targets = summary.total;
  line.ok = summary.ok;
  line.notOk = summary.notOk;
  if (only === null) return;
  line.target = only.target;
  line.outcome = only.outcome;
  line.cause = only.cause;
}
