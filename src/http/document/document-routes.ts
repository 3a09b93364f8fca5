// The OpenAPI document: gathered from the routes' schemas, so installDocument comes before them and addDocumentRoutes after.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { fastifyZodOpenApiPlugin, type FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import { z } from 'zod';
import { VERSION } from '../../process/version.ts';
import { opennessOf, type Pages } from '../pages/openness.ts';
import { simplifySchema, transformersWith } from './document-transform.ts';
import { queryExamples } from './examples.ts';
import type { OwnPort } from './own-port.ts';
import { problemResponse } from './problem-responses.ts';

const DESCRIPTION = [
  'Can a TCP connection be opened from here to there, how long does the handshake take, and if not, who said no?',
  'All times are milliseconds with at most three decimals. Every error is an `application/problem+json` document after',
  'RFC 9457 whose `type` ends in its code. Every reply carries `x-request-id`: the caller’s own, or a new one.',
].join(' ');

const BEARER = 'A token of API_TOKENS_FILE or API_TOKENS. An instance without tokens asks for none.';

export async function installDocument(app: FastifyInstance, own: OwnPort): Promise<void> {
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
        { name: 'instance', description: 'What this process is.' },
        { name: 'health', description: 'Whether this process is well.' },
        { name: 'document', description: 'This document.' },
      ],
    },
    ...transformersWith(queryExamples(own)),
  });
}

/** After the routes have been added. */
export function addDocumentRoutes(app: FastifyInstance, pages: Pages): void {
  if (pages === 'off') return;
  const routeOptions = { logLevel: 'silent', config: opennessOf(pages) } as const;
  const json = { 'application/json': { schema: z.looseObject({}) } };
  const jsonSchema = documentSchema('openapiJson', 'This document as JSON', json, pages);
  app.get('/openapi.json', { ...routeOptions, schema: jsonSchema }, (_request, reply) => reply.send(app.swagger()));
  const yaml = { [YAML_TYPE]: { schema: z.string() } };
  const yamlSchema = documentSchema('openapiYaml', 'This document as YAML', yaml, pages);
  app.get('/openapi.yaml', { ...routeOptions, schema: yamlSchema }, (_request, reply) =>
    reply.type(YAML_TYPE).send(app.swagger({ yaml: true })),
  );
}

/** RFC 9512. */
const YAML_TYPE = 'application/yaml';

// Made anew for each app: fastify-zod-openapi keeps its registry on the schemas that it sees first.
function documentSchema(operationId: string, summary: string, content: object, pages: Pages): FastifyZodOpenApiSchema {
  const isOpen = pages === 'open';
  return {
    operationId,
    summary,
    tags: ['document'],
    ...(isOpen && { security: [] }),
    response: {
      200: { description: 'OpenAPI 3.1.', content },
      ...(!isOpen && { 401: problemResponse('unauthorized') }),
    },
  };
}
