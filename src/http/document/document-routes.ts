// The OpenAPI document and Swagger UI. The document is gathered from the routes' schemas, so this plugin is registered
// before them.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { fastifyZodOpenApiPlugin } from 'fastify-zod-openapi';
import { z } from 'zod';
import { VERSION } from '../../process/version.ts';
import { simplifySchema, transformers } from './document-transform.ts';
import { problemResponse } from './problem-responses.ts';

const DESCRIPTION = [
  'Can a TCP connection be opened from here to there, how long does the handshake take, and if not, who said no?',
  'All times are milliseconds with at most three decimals. Every error is an `application/problem+json` document after',
  'RFC 9457 whose `type` ends in its code. Every reply carries `x-request-id`: the caller’s own, or a new one.',
].join(' ');

const BEARER = 'A token of API_TOKENS_FILE or API_TOKENS. An instance without tokens asks for none.';

export async function installDocument(app: FastifyInstance): Promise<void> {
  await app.register(fastifyZodOpenApiPlugin, { documentOpts: { override: simplifySchema } });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'reachd',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This instance' }],
      // Where there are tokens, one is asked for; where there are none, nobody is.
      security: [{ bearer: [] }, {}],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: BEARER } } },
      tags: [
        { name: 'check', description: 'Checks of targets.' },
        { name: 'prometheus', description: 'For Prometheus: this process, and checks as scrapes.' },
        { name: 'groups', description: 'Dependencies that are asked in the background.' },
        { name: 'policy', description: 'What reachd will not connect to.' },
        { name: 'health', description: 'The state of this process.' },
        { name: 'document', description: 'This document.' },
      ],
    },
    ...transformers,
  });
  // A scope of its own: helmet costs each reply more than a check does, and only pages need it.
  await app.register(addPages);
}

async function addPages(app: FastifyInstance): Promise<void> {
  // The policy of all other replies would replace that of the pages.
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.removeHeader('content-security-policy');
    done();
  });
  await app.register(helmet, PAGE_HEADERS);
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, displayRequestDuration: true },
    logLevel: 'silent',
  });
}

/** What pages may load: nothing from other hosts, and no scripts but the served ones. Swagger UI writes styles into the page. */
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

/** After the routes have been added. */
export function addDocumentRoutes(app: FastifyInstance): void {
  const schemas = documentSchemas();
  // For people: the first thing that is typed into a browser.
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  app.get('/openapi.json', { logLevel: 'silent', schema: schemas.json }, (_request, reply) =>
    reply.send(app.swagger()),
  );
  app.get('/openapi.yaml', { logLevel: 'silent', schema: schemas.yaml }, (_request, reply) =>
    reply.type(YAML_TYPE).send(app.swagger({ yaml: true })),
  );
}

/** RFC 9512. */
const YAML_TYPE = 'application/yaml';

// Made anew for each app: fastify-zod-openapi keeps its registry on the schemas that it sees first.
const documentSchemas = () => ({
  json: {
    operationId: 'openapiJson',
    summary: 'This document as JSON',
    tags: ['document'],
    response: {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.looseObject({}) } } },
      401: problemResponse('unauthorized'),
    },
  },
  yaml: {
    operationId: 'openapiYaml',
    summary: 'This document as YAML',
    tags: ['document'],
    response: {
      200: { description: 'OpenAPI 3.1.', content: { [YAML_TYPE]: { schema: z.string() } } },
      401: problemResponse('unauthorized'),
    },
  },
});
