// The OpenAPI document and Swagger UI. The document is gathered from the routes' schemas, so this plugin is registered
// before them.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { fastifyZodOpenApiPlugin } from 'fastify-zod-openapi';
import { z } from 'zod';
import { VERSION } from '../version.ts';
import { simplifySchema, transformers } from './document-transform.ts';

const DESCRIPTION = [
  'Can a TCP connection be opened from here to there, how long does the handshake take, and if not, who said no?',
  'All times are milliseconds with at most three decimals. Every error is an `application/problem+json` document after',
  'RFC 9457 whose `type` ends in its code. Every reply carries `x-request-id`: the caller’s own, or a new one.',
].join(' ');

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
      security: [],
      tags: [
        { name: 'check', description: 'Checks of targets.' },
        { name: 'health', description: 'The state of this process.' },
        { name: 'document', description: 'This document.' },
      ],
    },
    ...transformers,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: contentSecurityPolicy,
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, displayRequestDuration: true },
    logLevel: 'silent',
  });
}

/**
 * The plugin's policy, less what this service does not need: it speaks plain HTTP, so a browser told to upgrade would ask
 * for a port that is not there, and it loads nothing from other hosts. Swagger UI writes styles into the page.
 */
function contentSecurityPolicy(header: string): string {
  return header
    .replace(/\s*upgrade-insecure-requests;?/, '')
    .replace(/ (?:https:|validator\.swagger\.io)/g, '')
    .replace(/style-src 'self'/, "style-src 'self' 'unsafe-inline'");
}

/** After the routes have been added. */
export function addDocumentRoutes(app: FastifyInstance): void {
  const schemas = documentSchemas();
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
    },
  },
  yaml: {
    operationId: 'openapiYaml',
    summary: 'This document as YAML',
    tags: ['document'],
    response: { 200: { description: 'OpenAPI 3.1.', content: { [YAML_TYPE]: { schema: z.string() } } } },
  },
});
