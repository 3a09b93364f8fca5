// Asks for a bearer token (RFC 6750), before the body is read and before the path is looked up: without a token nobody
// learns which paths exist. Health and readiness routes are open; everything else needs a token if any is configured.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Asker } from '../callers/asker.ts';
import type { Tokens } from '../callers/tokens.ts';
import { Problem } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the request's token; null when no token is needed. */
    principal: string | null;
  }
  interface FastifyContextConfig {
    /** The route needs no token: a kubelet has none. */
    readonly open?: boolean;
  }
}

const SCHEME = /^Bearer +(\S+) *$/i;

/** `tokens` null: no request needs one. */
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

/** Makes the request's sender the asker that the rooms below know. */
export function askerOf({ principal, ip, id }: FastifyRequest): Asker {
  return { principal, from: ip, id };
}

/** Every wrong token gets the same words, so that nobody learns what is wrong with it. */
function unauthorized(given: boolean): Problem {
  const challenge = given ? 'Bearer realm="reachd", error="invalid_token"' : 'Bearer realm="reachd"';
  const detail = given ? 'The token is not valid here.' : 'This instance takes a token: Authorization: Bearer <token>.';
  return new Problem('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
}
