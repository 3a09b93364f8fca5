// Checks Host and Expect as HTTP/1.1 asks, with reachd's own problems. Node would answer a missing Host and an unknown
// Expect with an empty reply, and would send 100 Continue before the token is checked.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { leaveBody } from './body/unread-body.ts';
import { invalidRequest, Problem } from './problems.ts';

const CONTINUE = /^100-continue$/i;
const NO_HOST = invalidRequest([{ path: 'headers', message: 'takes a Host header (RFC 9112, section 3.2)' }]);
const UNMET = new Problem('expectation-failed', 'The only expectation that is met is Expect: 100-continue.');

/**
 * Install it after every hook that refuses a request by its head, because it tells the caller to send the body. The server
 * needs `requireHostHeader: false`. Only POST takes a body here.
 */
export function installRequestHead(app: FastifyInstance): void {
  const { server } = app;
  // With these listeners Node does not answer by itself; the hook below does.
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response));
  }
  app.addHook('onRequest', (request, reply, done) => {
    const { host, expect } = request.headers;
    if (request.method !== 'POST') leaveBody(request);
    if ((host !== undefined && expect === undefined) || !isHttp11(request)) return done();
    if (host === undefined || !CONTINUE.test(expect ?? '')) {
      // A body may follow that nobody asked for: do not read it as the next request.
      void reply.header('connection', 'close');
      return done(host === undefined ? NO_HOST : UNMET);
    }
    reply.raw.writeContinue();
    done();
  });
}

/** RFC 9110, section 10.1.1: a client of HTTP/1.0 expects nothing. */
function isHttp11({ raw }: FastifyRequest): boolean {
  return raw.httpVersion === '1.1';
}
