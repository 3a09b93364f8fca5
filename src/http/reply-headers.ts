// The headers of every reply: constants, and the request's id. helmet adds more to a page, see pages/docs-page.ts.
import type { FastifyInstance } from 'fastify';

/** Nobody may cache, run or frame a reply, or guess another type than it says. */
export const REPLY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // For browsers that know no frame-ancestors.
  'x-frame-options': 'DENY',
} as const;

/** Install it first, so that refusals of later hooks carry them too. */
export function installReplyHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(REPLY_HEADERS).header('x-request-id', request.id);
    done();
  });
}
