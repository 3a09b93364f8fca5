// GET /vantages: who is here, where there is a fleet to ask.
import type { FastifyPluginAsync } from 'fastify';
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import type { FleetView, VantagesReport } from '../fleet/fleet-view.ts';
import { problemResponse } from './document/problem-responses.ts';
import { REPLY_SCHEMAS } from './document/reply-schemas.ts';

/** Null: there is no such route. */
export const fleetRoutes: FastifyPluginAsync<{ fleet: Pick<FleetView, 'vantages'> | null }> = async (
  app,
  { fleet },
) => {
  if (fleet === null) return;
  app.get('/vantages', { schema: vantagesSchema() }, async (_request, reply) => reply.send(await fleet.vantages()));
  return Promise.resolve();
};

const EXAMPLE: VantagesReport = {
  bus: { connected: true },
  vantages: [
    {
      name: 'node-a',
      labels: { zone: 'eu-1a' },
      state: 'here',
      instances: [{ id: '5f0c9d1e22ab', version: '0.1.0' }],
    },
  ],
};

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
const vantagesSchema = () =>
  ({
    operationId: 'vantages',
    summary: 'Which vantage points are here',
    description:
      'The points of view that `from` selects, each with the instances that answer for it. There only where `NATS_URL` ' +
      'makes a fleet of several instances.',
    tags: ['fleet'],
    response: {
      200: {
        description: 'The vantage points.',
        content: { 'application/json': { schema: REPLY_SCHEMAS.Vantages, example: EXAMPLE } },
      },
      401: problemResponse('unauthorized'),
    },
  }) satisfies FastifyZodOpenApiSchema;
