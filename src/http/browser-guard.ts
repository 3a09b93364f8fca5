// While reachd listens on loopback alone, it trusts every process of this host, browsers included. This keeps foreign pages
// from using it through the browser. A page can point its own name at 127.0.0.1 (DNS rebinding): the Host header shows
// that. It can also send requests whose replies it may not read: browsers mark those.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../net/loopback.ts';
import { Problem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route does work: no page of another site may lead a browser to it. */
    readonly acts?: boolean;
  }
}

/** `host`: where reachd listens. Beyond loopback this does nothing, because other machines know reachd by many names. */
export function installBrowserGuard(app: FastifyInstance, host: string): void {
  if (!isLoopback(host)) return;
  let known: string | undefined;
  app.addHook('onRequest', (request, _reply, done) => {
    const { host: named } = request.headers;
    if (named !== known && !isThisHost(named)) return done(new Problem('misdirected', WRONG_HOST));
    known = named; // Nearly always the same.
    if (isFromElsewhere(request)) return done(new Problem('cross-site', WRONG_SITE));
    done();
  });
}

const WRONG_HOST =
  'The Host header names another host. On loopback reachd answers to localhost, 127.0.0.0/8 and [::1].';
const WRONG_SITE =
  'A page of another site must not use the reachd of the host that it is looked at on. To ask by hand, type the address.';

/** Accepts any port, because a tunnel may have another. A request without a Host header is not from a browser. */
function isThisHost(header: string | undefined): boolean {
  if (header === undefined || header === '') return true;
  return isLoopback(header.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/**
 * Whether a page of another origin made the browser ask (Fetch Metadata, W3C). Another port of this host is another origin.
 * A link from elsewhere may lead to a route that only shows something, not to one that acts. A frame may lead nowhere: the
 * time that it takes to load tells its page what a check found.
 */
function isFromElsewhere({ headers, routeOptions }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  const acts = routeOptions.config.acts === true;
  // A browser that knows no Fetch Metadata still names the page that makes it post (RFC 6454), as a body of plain text lets
  // any page do.
  if (site === undefined)
    return acts && headers.origin !== undefined && !headers.origin.endsWith(`//${headers.host ?? ''}`);
  if (site === 'same-origin' || site === 'none') return false;
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return !isLink || acts;
}
