// While reachd listens on loopback alone it trusts whoever sits on this host, and a browser does: so pages from elsewhere
// must not speak through it. A page can point its own name at 127.0.0.1 (DNS rebinding), which its Host header shows, and
// can send requests whose replies it may not read, which browsers mark.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../net/loopback.ts';
import { Problem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It does something for whoever asks: no page of another site may lead there. */
    readonly acts?: boolean;
  }
}

/** `host`: where reachd listens. Anywhere but on loopback this does nothing: other machines know reachd by many names. */
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

/** Any port will do: a tunnel may have another. No Host header at all is no browser's. */
function isThisHost(header: string | undefined): boolean {
  if (header === undefined || header === '') return true;
  return isLoopback(header.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/**
 * Fetch Metadata (W3C): whose page made the browser ask. Another port of this host is another origin of the same site, and
 * so is as foreign as the rest. To follow a link from elsewhere is to look, at what only tells; a route that acts is no
 * place for a link, and a frame is none: how long it loads tells its page what a check found.
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
