// GET /instance: what this process is and how busy it is, for people and for the status page. Metrics tell more.
import type { FastifyPluginAsync } from 'fastify';
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import { monotonicMs, timestamp } from '../clock.ts';
import type { Config } from '../config/settings.ts';
import type { Lifecycle } from '../process/lifecycle.ts';
import { VERSION } from '../process/version.ts';
import { instanceExample } from './document/examples.ts';
import { problemResponse } from './document/problem-responses.ts';
import { type InstanceReply, REPLY_SCHEMAS } from './document/reply-schemas.ts';

/** Attempts now. */
export interface Load {
  /** Connecting. */
  readonly inFlight: number;
  /** Accepted and not answered, those in flight included. */
  readonly unanswered: number;
}

export interface InstanceParts {
  readonly config: Config;
  readonly lifecycle: Lifecycle;
  readonly load: () => Load;
}

/** Describes this instance, as it is whenever it is asked. Call it once, at the start: the instance is up from then on. */
export function instanceSource({ config, lifecycle, load }: InstanceParts): () => InstanceReply {
  const [startedAt, since] = [timestamp(), monotonicMs()];
  return () => {
    const { inFlight, unanswered } = load();
    return {
      version: VERSION,
      node: process.version,
      vantage: { name: config.vantage },
      state: lifecycle.state,
      startedAt,
      uptimeMs: Math.round(monotonicMs() - since),
      attempts: { inFlight, queued: Math.max(0, unanswered - inFlight), limit: config.maxInFlight },
      policy: { preset: config.policy, mode: config.policyMode },
    };
  };
}

export const instanceRoutes: FastifyPluginAsync<{ describe: () => InstanceReply }> = async (app, { describe }) => {
  app.get('/instance', { logLevel: 'silent', schema: instanceSchema() }, (_request, reply) => reply.send(describe()));
  return Promise.resolve();
};

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
const instanceSchema = () =>
  ({
    operationId: 'instance',
    summary: 'What this instance is',
    description: 'Its version, where it asks from, since when, and how busy it is. No target is in it.',
    tags: ['instance'],
    response: {
      200: {
        description: 'This instance.',
        content: { 'application/json': { schema: REPLY_SCHEMAS.Instance, example: instanceExample() } },
      },
      401: problemResponse('unauthorized'),
    },
  }) satisfies FastifyZodOpenApiSchema;
