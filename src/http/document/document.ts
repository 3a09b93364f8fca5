// Makes the OpenAPI document out of the schemas of routes: in a server of its own that serves nothing, with the packages that
// it takes, and those are a third of what a service would load. So it is made when it is first asked for.
import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { fastifyZodOpenApiPlugin } from 'fastify-zod-openapi';
import { VERSION } from '../../process/version.ts';
import { answerBrokenRequest } from '../error-handling.ts';
import { createServer } from '../server.ts';
import { simplifySchema, transformersWith } from './document-transform.ts';
import { queryExamples } from './examples.ts';
import type { OwnPort } from './own-port.ts';

const DESCRIPTION = [
  'Can a TCP connection be opened from here to there, how long does the handshake take, and if not, who said no?',
  'All times are milliseconds with at most three decimals. Every error is an `application/problem+json` document after',
  'RFC 9457 whose `type` ends in its code. Every reply carries `x-request-id`: the caller’s own, or a new one.',
].join(' ');

const BEARER = 'A token of API_TOKENS_FILE or API_TOKENS. An instance without tokens asks for none.';

export interface Described {
  /** Of a service: with its prefixes, and without the HEAD that Fastify adds to each GET. */
  readonly routes: readonly RouteOptions[];
  /** What the examples are about. */
  readonly own: OwnPort;
  readonly logger: FastifyInstance['log'];
}

/** Where the document is to be had: `swagger()` as an object, `swagger({ yaml: true })` as text. */
export type ApiDocument = Pick<FastifyInstance, 'swagger'>;

export async function makeDocument({ routes, own, logger }: Described): Promise<ApiDocument> {
  const app = createServer({ logger, bodyLimit: 1, onBroken: answerBrokenRequest });
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
  for (const { method, url, schema } of routes) {
    app.route({ method, url, handler: servesNothing, ...(schema !== undefined && { schema }) });
  }
  await app.ready();
  return app;
}

function servesNothing(): never {
  throw new Error('this server only describes another');
}
