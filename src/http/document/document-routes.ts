// GET /openapi.json and /openapi.yaml, and the document that they send: of the routes that are added after gatherRoutes.
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import * as z from 'zod';
import { onDemand } from '../../check/on-demand.ts';
import { opennessOf, type Pages } from '../pages/openness.ts';
import type { ApiDocument, Described } from './document.ts';
import { problemResponse } from './problem-responses.ts';

/** What the document will be made of; it grows as routes are added. */
export function gatherRoutes(app: FastifyInstance): readonly RouteOptions[] {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route);
  });
  return routes;
}

/** A function that makes the document once, of the routes that there are by then. Its routes have no line in the log. */
export function documentOnDemand(described: Described): () => Promise<ApiDocument> {
  const make = async (): Promise<ApiDocument> => (await import('./document.ts')).makeDocument(described);
  return onDemand(make, (err) => described.logger.error({ err }, 'the OpenAPI document cannot be made'));
}

export function addDocumentRoutes(app: FastifyInstance, pages: Pages, document: () => Promise<ApiDocument>): void {
  if (pages === 'off') return;
  const routeOptions = { logLevel: 'silent', config: opennessOf(pages) } as const;
  const json = { 'application/json': { schema: z.looseObject({}) } };
  const jsonSchema = documentSchema('openapiJson', 'This document as JSON', json, pages);
  app.get('/openapi.json', { ...routeOptions, schema: jsonSchema }, async () => (await document()).swagger());
  const yaml = { [YAML_TYPE]: { schema: z.string() } };
  const yamlSchema = documentSchema('openapiYaml', 'This document as YAML', yaml, pages);
  app.get('/openapi.yaml', { ...routeOptions, schema: yamlSchema }, async (_request, reply) =>
    reply.type(YAML_TYPE).send((await document()).swagger({ yaml: true })),
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
