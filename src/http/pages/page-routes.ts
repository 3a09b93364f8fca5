// The pages of this instance, and the files that they load.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { onDemand } from '../../check/on-demand.ts';
import { DEFAULTS } from '../../config/settings.ts';
import type { InstanceReply } from '../document/reply-schemas.ts';
import { ownPort } from '../document/own-port.ts';
import { readAsset } from './assets.ts';
import type { ApiDocument } from '../document/document.ts';
import { opennessOf, type Pages } from './openness.ts';
import { statusPage, type StatusPageParts } from './status-page.ts';

export interface PageOptions {
  readonly pages: Pages;
  /** Where reachd listens. */
  readonly host: string;
  readonly describe: () => InstanceReply;
  /** Whether there may be groups. */
  readonly groups: boolean;
  /** Whether a fleet may be asked. */
  readonly fleet: boolean;
  /** Whether this instance asks for a token: then the page itself tells nothing of it. */
  readonly takesToken: boolean;
  readonly limits: StatusPageParts['limits'];
  readonly document: () => Promise<ApiDocument>;
  /** Gives the server of Swagger UI what all replies of this one have. */
  readonly furnish: (app: FastifyInstance) => void;
}

/** What the status page loads. Files are served under their own names, for they name each other. */
const SCRIPTS = ['status', 'result', 'fleet', 'groups', 'dom'].map((name) => `${name}.client.js`);
const ASSETS = ['status.css', 'fleet.css', 'icon.svg', ...SCRIPTS];

/** Stricter than that of Swagger UI: this page has neither script nor style in it. */
const STATUS_POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
].join('; ');

export function addPages(app: FastifyInstance, options: PageOptions): void {
  const { pages, host, describe, groups, fleet, takesToken, limits } = options;
  if (pages === 'off') return;
  const routeOptions = { logLevel: 'silent', config: opennessOf(pages), schema: { hide: true } } as const;
  for (const name of ASSETS) {
    const { type, content } = readAsset(name);
    app.get(`/pages/${name}`, routeOptions, (_request, reply) => reply.type(type).send(content));
  }
  app.get('/', routeOptions, ({ socket }, reply) => {
    // PORT=0 says nothing of the port that is bound.
    const own = ownPort({ host, port: socket.localPort ?? DEFAULTS.port });
    return reply
      .header('content-security-policy', STATUS_POLICY)
      .header('referrer-policy', 'no-referrer')
      .type('text/html; charset=utf-8')
      .send(statusPage({ own, groups, fleet, takesToken, limits, instance: takesToken ? null : describe() }));
  });
  const docs = docsOnDemand(app, options);
  for (const path of ['/docs', '/docs/*']) {
    app.get(path, routeOptions, async (request, reply) => handOver(request, reply, await docs()));
  }
}

/** A function that builds the server of Swagger UI once. Its routes have no line in the log. */
function docsOnDemand({ log: logger }: FastifyInstance, { document, furnish }: PageOptions) {
  const build = async (): Promise<FastifyInstance> => {
    const { buildDocsPage } = await import('./docs-page.ts');
    return await buildDocsPage({ document: await document(), logger, furnish });
  };
  return onDemand(build, (err) => logger.error({ err }, 'the page of Swagger UI cannot be made'));
}

/** Lets another server reply, with the id that the log knows the request by. */
function handOver({ id, raw }: FastifyRequest, reply: FastifyReply, docs: FastifyInstance): void {
  raw.headers['x-request-id'] = id;
  reply.hijack();
  docs.routing(raw, reply.raw);
}
