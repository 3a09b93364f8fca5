// Swagger UI at /docs, with the project's name, icon and looks.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { readAsset } from './assets.ts';
import { opennessOf, type Pages } from './openness.ts';

const TITLE = 'reachd: the API';

/** In a scope of its own: helmet costs each reply more than a check does, and only this page needs it. */
export async function addDocsPage(app: FastifyInstance, { pages }: { readonly pages: Pages }): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...opennessOf(pages) };
  });
  // The policy of all other replies would replace that of the page.
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.removeHeader('content-security-policy');
    done();
  });
  await app.register(helmet, PAGE_HEADERS);
  const icon = readAsset('icon.svg');
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list' },
    theme: {
      title: TITLE,
      favicon: [{ filename: 'icon.svg', rel: 'icon', sizes: 'any', ...icon }],
      css: [{ filename: 'docs.css', content: readAsset('docs.css').content }],
      js: [{ filename: 'docs.js', content: readAsset('docs.client.js').content }],
    },
    logo: { ...icon, href: '../', target: '_self' },
    logLevel: 'silent',
  });
}

/** What the page may load: nothing from other hosts, and no scripts but the served ones. Swagger UI writes styles into it. */
const PAGE_HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'img-src': ["'self'", 'data:'],
      'object-src': ["'none'"],
      'script-src-attr': ["'none'"],
      'style-src': ["'self'", "'unsafe-inline'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // reachd speaks plain HTTP: a browser must not be told to ask for a port that is not there, and it complains of
  // headers that have no meaning without TLS.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
};
