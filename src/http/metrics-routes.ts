// GET /metrics: the page that Prometheus scrapes. It is not logged: it comes every few seconds.
import type { FastifyPluginAsync } from 'fastify';
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import * as z from 'zod';
import { problemResponse } from './document/problem-responses.ts';
import { PROMETHEUS_TYPE, TEXT_TYPE } from './media-types.ts';

export interface MetricsRoutesOptions {
  /** The metrics as they stand, in Prometheus' text format. */
  readonly page: () => Promise<string>;
}

export const metricsRoutes: FastifyPluginAsync<MetricsRoutesOptions> = async (app, { page }) => {
  app.get('/metrics', { logLevel: 'silent', schema: metricsSchema() }, async (_request, reply) =>
    reply.type(PROMETHEUS_TYPE).send(await page()),
  );
  return Promise.resolve();
};

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
const metricsSchema = () =>
  ({
    operationId: 'metrics',
    summary: 'Metrics of this process',
    description:
      'For Prometheus: checks, attempts, lookups, requests, the reactor, the process and Node. No label is of a caller’s ' +
      'choice. With `METRICS_PORT` the same page is served without a token on a port of its own.',
    tags: ['prometheus'],
    response: {
      200: { description: 'Prometheus’ text format.', content: { [TEXT_TYPE]: { schema: z.string() } } },
      401: problemResponse('unauthorized'),
    },
  }) satisfies FastifyZodOpenApiSchema;
