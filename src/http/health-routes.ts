// GET /livez and GET /readyz, for kubelets and load balancers. They tell about this process only and never check a
// target: a database that is down must not restart reachd. They are not logged, and no query makes them fail.
import type { FastifyPluginAsyncZodOpenApi, FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import * as z from 'zod';
import type { Lifecycle } from '../process/lifecycle.ts';
import { type HealthReply, REPLY_SCHEMAS } from './document/reply-schemas.ts';

/** The reactor, as these routes see it. */
export interface ReactorHealth {
  /** `live`: no restart is needed. `ready`: it answers now. */
  health(): { readonly live: boolean; readonly ready: boolean; readonly detail: string };
}

export interface HealthRoutesOptions {
  readonly reactor: ReactorHealth;
  readonly lifecycle: Lifecycle;
}

interface Condition {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const healthRoutes: FastifyPluginAsyncZodOpenApi<HealthRoutesOptions> = async (app, { reactor, lifecycle }) => {
  const routeOptions = { logLevel: 'silent', config: { open: true, reserved: true } } as const;

  app.get('/livez', { ...routeOptions, schema: livezSchema() }, (request, reply) => {
    const { live, detail } = reactor.health();
    const health = healthReply([{ name: 'reactor', ok: live, detail }], isVerbose(request.query));
    void reply.code(statusOf(health));
    return health;
  });

  app.get('/readyz', { ...routeOptions, schema: readyzSchema() }, (request, reply) => {
    const { ready, detail } = reactor.health();
    const conditions = [
      { name: 'reactor', ok: ready, detail },
      { name: 'lifecycle', ok: lifecycle.state === 'serving', detail: lifecycle.state },
    ];
    const health = healthReply(conditions, isVerbose(request.query));
    void reply.code(statusOf(health));
    return health;
  });
  return Promise.resolve();
};

function healthReply(conditions: readonly Condition[], verbose: boolean): HealthReply {
  const failing = conditions.filter((condition) => !condition.ok);
  const shown = verbose ? conditions : failing;
  return {
    status: failing.length === 0 ? 'ok' : 'unavailable',
    ...(shown.length > 0 && { checks: [...shown] }),
  };
}

function statusOf(health: HealthReply): 200 | 503 {
  return health.status === 'ok' ? 200 : 503;
}

function isVerbose(query: object): boolean {
  return 'verbose' in query;
}

/** `?verbose`, `?verbose=` and `?verbose=1` all say yes. */
const query = z.looseObject({
  verbose: z
    .unknown()
    .optional()
    .meta({
      description: 'Present with any value or none: list every condition, not only those that fail.',
      override: { type: 'string' },
    }),
});

function healthSchema(operationId: string, summary: string, description: string) {
  const content = (example: HealthReply) => ({ 'application/json': { schema: REPLY_SCHEMAS.Health, example } });
  return {
    operationId,
    summary,
    description,
    tags: ['health'],
    security: [],
    querystring: query,
    response: {
      200: { description: 'Yes.', content: content({ status: 'ok' }) },
      503: {
        description: 'No, and why.',
        content: content({ status: 'unavailable', checks: [{ name: 'reactor', ok: false, detail: 'worker lost' }] }),
      },
    },
  } satisfies FastifyZodOpenApiSchema;
}

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
const livezSchema = () => healthSchema('livez', 'Is this process alive?', 'When not, restarting it is the remedy.');
const readyzSchema = () =>
  healthSchema(
    'readyz',
    'Does this process take requests?',
    'No while it starts, while its reactor does not answer, and from SIGTERM on.',
  );
