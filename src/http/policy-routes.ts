// GET /policy: the address policy in force, the same for whoever asks.
import type { FastifyPluginAsync } from 'fastify';
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import type { PolicyReport } from '../policy/rules.ts';
import { policyExample } from './document/examples.ts';
import { problemResponse } from './document/problem-responses.ts';
import { REPLY_SCHEMAS } from './document/reply-schemas.ts';

/** The policy, as this route sees it. */
export interface PolicySource {
  describe(): PolicyReport;
}

export const policyRoutes: FastifyPluginAsync<{ policy: PolicySource }> = async (app, { policy }) => {
  app.get('/policy', { schema: policySchema() }, (_request, reply) => reply.send(policy.describe()));
  return Promise.resolve();
};

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
const policySchema = () =>
  ({
    operationId: 'policy',
    summary: 'Which addresses are checked, and which are not',
    description:
      'The address policy in force, rule by rule in order of precedence. A `denied` result names its rule. IPv4-mapped and NAT64 addresses are judged as the IPv4 address that they carry, see `carriers`.',
    tags: ['policy'],
    response: {
      200: {
        description: 'The policy.',
        content: { 'application/json': { schema: REPLY_SCHEMAS.Policy, example: policyExample() } },
      },
      401: problemResponse('unauthorized'),
    },
  }) satisfies FastifyZodOpenApiSchema;
