// The examples of requests run as they stand, and ask about this very service.
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { build } from '../../support/build.ts';

/** As much of OpenAPI as these tests look at. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly parameters?: readonly Parameter[] }>>>>;
  readonly components: {
    readonly requestBodies: Readonly<Record<string, { readonly content: Readonly<Record<string, Media>> }>>;
  };
}

interface Parameter {
  readonly name: string;
  readonly description?: string;
  readonly example?: unknown;
}

interface Media {
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

t.test('every parameter of GET /check has a description and an example, and all examples together run', async (t) => {
  const { app, checker } = await build(t, { config: { port: 9123 } });
  const { paths } = await documentOf(app);
  const parameters = paths['/check']?.['get']?.parameters ?? [];
  t.ok(parameters.length >= 12);
  const query = new URLSearchParams();
  for (const { name, description, example } of parameters) {
    t.match(description, /\w+ \w+/, name);
    for (const value of Array.isArray(example) ? example : [example]) query.append(name, String(value));
  }
  const reply = await app.inject(`/check?${query.toString()}`);
  t.equal(reply.statusCode, 200, reply.body);
  t.match(checker.asked[0]?.[0], { target: { text: '127.0.0.1:9123' }, options: { count: 3, sourceInterface: 'lo' } });
});

t.test('examples name the port where reachd listens, whatever that is', async (t) => {
  const rows = [
    ['127.0.0.1', '127.0.0.1:9123'],
    ['localhost', '127.0.0.1:9123'],
    ['0.0.0.0', '127.0.0.1:9123'],
    ['::', '127.0.0.1:9123'],
    ['::1', '[::1]:9123'],
    ['10.0.0.5', '10.0.0.5:9123'],
    ['reachd.internal', 'reachd.internal:9123'],
  ] as const;
  for (const [host, target] of rows) {
    const { app, checker } = await build(t, { config: { host, port: 9123 } });
    const { components, paths } = await documentOf(app);
    t.same(paths['/check']?.['get']?.parameters?.[0]?.example, [target]);
    for (const { value } of Object.values(
      components.requestBodies['Check']?.content['application/json']?.examples ?? {},
    )) {
      const reply = await app.inject({ method: 'POST', url: '/check', payload: value as object });
      t.equal(reply.statusCode, 200, `${host}: ${JSON.stringify(value)}`);
      t.ok(checker.asked.at(-1)?.every(({ target: asked }) => asked.port === 9123));
    }
  }
});

t.test('the examples of requests run, and are about this very service', async (t) => {
  const { app, checker } = await build(t, { config: { port: 9123 } });
  const { components } = await documentOf(app);
  const examples = Object.values(components.requestBodies['Check']?.content['application/json']?.examples ?? {});
  t.ok(examples.length >= 3);
  for (const { value } of examples) {
    const reply = await app.inject({ method: 'POST', url: '/check', payload: value as object });
    t.equal(reply.statusCode, 200, JSON.stringify(value));
    t.match(checker.asked.at(-1)?.[0]?.target.port, 9123);
  }
});

async function documentOf(app: FastifyInstance): Promise<Document> {
  return (await app.inject('/openapi.json')).json<Document>();
}
