// The headers of every reply. Constants: nothing here depends on the request but its id. Pages get more, from helmet, in
// document-routes.ts.
import type { FastifyInstance } from 'fastify';

/** No reply is worth keeping, none is to be run or framed, and none is of another type than it says. */
export const REPLY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // For browsers that know no frame-ancestors.
  'x-frame-options': 'DENY',
} as const;

/** To be installed first, so that refusals of later hooks carry them too. */
export function installReplyHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(REPLY_HEADERS).header('x-request-id', request.id);
    done();
  });
}
