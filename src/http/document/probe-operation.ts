// How GET /probe stands in the OpenAPI document, and what its query is validated by.
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi';
import * as z from 'zod';
import { DEFAULT_MODULE } from '../../contract/probe-question.ts';
import { oneOf, takes } from '../../contract/schema-words.ts';
import { TEXT_TYPE } from '../media-types.ts';
import { problemResponse } from './problem-responses.ts';

const text = (what: string) => z.string({ error: takes(what) });

// Each app needs its own: fastify-zod-openapi stores an app's registry on the schemas.
export const probeOperation = () =>
  ({
    operationId: 'probe',
    summary: 'Check one target for Prometheus',
    description:
      'The multi-target pattern of blackbox_exporter: a scrape of this page is a check, and its metrics have the names ' +
      'and meanings of that exporter’s TCP module, with more beside them. 200 whatever the check found. ' +
      '`X-Prometheus-Scrape-Timeout-Seconds`, less half a second, bounds the timeout.',
    tags: ['prometheus'],
    querystring: z.strictObject({
      target: text('"host:port"').meta({
        description: 'What to reach, as `host:port`, `[v6]:port` or `tcp://host:port`.',
      }),
      module: text('the name of a module').default(DEFAULT_MODULE).meta({
        description: 'A set of options by name: `tcp_connect`, `tcp_connect_v4`, `tcp_connect_v6` or `tcp_tls`.',
      }),
      debug: oneOf(['true', 'false']).default('false').meta({
        description: '`true`: the same page, and the whole result in its comments.',
      }),
    }),
    response: {
      200: { description: 'Prometheus’ text format.', content: { [TEXT_TYPE]: { schema: z.string() } } },
      400: {
        description: 'No target, an unknown module, or another mistake: a line for each.',
        content: { [TEXT_TYPE]: { schema: z.string() } },
      },
      401: problemResponse('unauthorized'),
      429: problemResponse('rate-limited'),
      503: problemResponse('overloaded', 'shutting-down'),
    },
  }) as const satisfies FastifyZodOpenApiSchema;
