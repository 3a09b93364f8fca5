// Swagger UI, with the project's name, icon and looks: a server of its own that never listens. Few look at it, and it takes a
// quarter of what a service would load, so it is built when it is first asked for.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import swagger, { type FastifyStaticSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { ApiDocument } from '../document/document.ts';
import { answerBrokenRequest } from '../error-handling.ts';
import { createServer } from '../server.ts';
import { readAsset } from './assets.ts';

const TITLE = 'reachd: the API';

export interface DocsPageParts {
  readonly document: ApiDocument;
  readonly logger: FastifyInstance['log'];
  /** Gives a server what all replies of the service have. */
  readonly furnish: (app: FastifyInstance) => void;
}

/** Serves `/docs` and all below it. */
export async function buildDocsPage({ document, logger, furnish }: DocsPageParts): Promise<FastifyInstance> {
  const app = createServer({ logger, bodyLimit: 1, onBroken: answerBrokenRequest });
  furnish(app);
  // The policy of all other replies would replace that of the page.
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.removeHeader('content-security-policy');
    done();
  });
  await app.register(helmet, PAGE_HEADERS);
  // Its types know no OpenAPI 3.1 here.
  const specification = { document: document.swagger() } as FastifyStaticSwaggerOptions['specification'];
  await app.register(swagger, { mode: 'static', specification });
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
  await app.ready();
  return app;
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
