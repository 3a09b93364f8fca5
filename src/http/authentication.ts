// Who is asking: RFC 6750 bearer tokens, judged before a byte of the body is read and before the path is: without a token
// nobody learns what there is. Health routes are open; everything else takes a token where there are any.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Asker } from '../callers/asker.ts';
import type { Tokens } from '../callers/tokens.ts';
import { Problem } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the request's token stands for; null where no token is asked for. */
    principal: string | null;
  }
  interface FastifyContextConfig {
    /** Anybody may ask, a kubelet among them. */
    readonly open?: boolean;
  }
}

const SCHEME = /^Bearer +(\S+) *$/i;

/** `tokens` null: nobody is asked for one. */
export function installAuthentication(app: FastifyInstance, tokens: Pick<Tokens, 'nameOf'> | null): void {
  app.decorateRequest('principal', null);
  if (tokens === null) return;
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.open === true) return done();
    const { authorization } = request.headers;
    const presented = SCHEME.exec(authorization ?? '')?.[1];
    request.principal = presented === undefined ? null : tokens.nameOf(presented);
    if (request.principal !== null) return done();
    done(unauthorized(authorization !== undefined));
  });
}

/** Whoever sent the request, as the rooms below know an asker. */
export function askerOf({ principal, ip, id }: FastifyRequest): Asker {
  return { principal, from: ip, id };
}

/** The same words for every wrong token: what is wrong about it is nobody's business. */
function unauthorized(given: boolean): Problem {
  const challenge = given ? 'Bearer realm="reachd", error="invalid_token"' : 'Bearer realm="reachd"';
  const detail = given ? 'The token is not valid here.' : 'This instance takes a token: Authorization: Bearer <token>.';
  return new Problem('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
}
