// GET /ready/{group}, for kubelets: a verdict that was formed in the background, so a thousand probes a second make no
// check. And GET /groups, for people: how each verdict came about.
import type { FastifyPluginAsync } from 'fastify';
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import * as z from 'zod';
import { oneOf } from '../contract/schema-words.ts';
import type { GroupsView } from '../groups/group-view.ts';
import { groupsExample, readinessExample } from './document/group-examples.ts';
import { problemResponse } from './document/problem-responses.ts';
import { REPLY_SCHEMAS } from './document/reply-schemas.ts';
import { Problem } from './problems.ts';

export interface GroupRoutesOptions {
  /** Null where no file says any. */
  readonly groups: GroupsView | null;
}

/** As its schemas let it through. */
interface ReadyRequest {
  readonly Params: { readonly group: string };
  readonly Querystring: { readonly phase?: 'startup' };
}

export const groupRoutes: FastifyPluginAsync<GroupRoutesOptions> = async (app, { groups }) => {
  // As the health routes: no token, no limit, no line in the log, and connections kept for it.
  const probed = { logLevel: 'silent', config: { open: true, reserved: true } } as const;

  app.get<ReadyRequest>('/ready/:group', { ...probed, schema: readySchema() }, (request, reply) => {
    const readiness = groups?.readiness(request.params.group, request.query.phase ?? 'serving') ?? null;
    if (readiness === null) throw new Problem('not-found', 'No group has this name.');
    const { ageMs, ...body } = readiness;
    if (ageMs !== null) void reply.header('age', Math.floor(ageMs / 1000));
    return reply.code(body.ready ? 200 : 503).send(body);
  });

  app.get('/groups', { schema: groupsSchema() }, (_request, reply) => reply.send({ groups: groups?.report() ?? [] }));
  return Promise.resolve();
};

const age = z.object({
  age: z.string().optional().meta({
    description: 'Whole seconds since `checkedAt` (RFC 9111); not there before the first round.',
  }),
});

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
function readySchema() {
  const content = (isUp: boolean) => ({
    'application/json': { schema: REPLY_SCHEMAS.Readiness, example: readinessExample(isUp) },
  });
  return {
    operationId: 'ready',
    summary: 'Is this group of dependencies there?',
    description:
      'For the readiness and startup probes of kubelets. The verdict comes from rounds of checks in the background, ' +
      'never from the request. It needs no token and is not logged. `CONFIG_FILE` says which groups there are.',
    tags: ['groups'],
    security: [],
    params: z.strictObject({ group: z.string().meta({ description: 'Its `name` in `CONFIG_FILE`.' }) }),
    querystring: z.strictObject({
      phase: oneOf(['startup'])
        .optional()
        .meta({
          description:
            '`startup`: 503 until the group has been up once, 200 from then on. A pod stays out until its dependencies ' +
            'were reached, and does not leave when one fails.',
        }),
    }),
    response: {
      200: {
        id: 'Ready',
        description: 'It is up; with `phase=startup`, it has been.',
        headers: age,
        content: content(true),
      },
      400: problemResponse('invalid-request'),
      404: problemResponse('not-found'),
      503: {
        id: 'NotReady',
        description: 'It is down, or nothing is known of it yet; with `phase=startup`, it has never been up.',
        headers: age,
        content: content(false),
      },
    },
  } satisfies FastifyZodOpenApiSchema;
}

const groupsSchema = () =>
  ({
    operationId: 'groups',
    summary: 'Every group, and how its verdict came about',
    description:
      'The last result of each target, the last 10 changes and the last 60 rounds. It makes no check. Without ' +
      '`CONFIG_FILE` there are no groups.',
    tags: ['groups'],
    response: {
      200: {
        description: 'The groups.',
        content: { 'application/json': { schema: REPLY_SCHEMAS.Groups, example: groupsExample() } },
      },
      401: problemResponse('unauthorized'),
    },
  }) satisfies FastifyZodOpenApiSchema;
