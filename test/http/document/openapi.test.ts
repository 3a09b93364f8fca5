// The document and the code say the same, both ways.
import { readFileSync } from 'node:fs';
import t from 'tap';
import * as z from 'zod';
import { OUTCOMES } from '../../../src/check/outcome.ts';
import { PROBLEMS } from '../../../src/http/problems.ts';
import { REPLY_SCHEMAS } from '../../../src/http/document/reply-schemas.ts';
import { createRequestSchemas } from '../../../src/contract/request-schemas.ts';
import { openapiYaml } from '../../../scripts/openapi-document.ts';
import { DEFAULTS } from '../../../src/config/settings.ts';
import { build } from '../../support/build.ts';
import { FakeFleet } from '../../support/fake-fleet.ts';

interface Media {
  readonly schema: { readonly $ref?: string };
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: object;
  readonly security?: readonly object[];
}

/** As much of OpenAPI as these tests look at. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
    readonly requestBodies: Readonly<Record<string, { readonly content: Readonly<Record<string, Media>> }>>;
  };
}

const CHECKED_IN = new URL('../../../openapi.yaml', import.meta.url);

t.test('the checked-in file is what the code generates, and what the service serves', async (t) => {
  const checkedIn = readFileSync(CHECKED_IN, 'utf8');
  t.equal(await openapiYaml(), checkedIn, 'when this fails: npm run openapi');
  const { app } = await build(t, { fleet: new FakeFleet() });
  const served = await app.inject('/openapi.yaml');
  t.equal(served.body, checkedIn);
  t.equal(served.headers['content-type'], 'application/yaml');
});

t.test('every route is in the document and every operation of the document is a route', async (t) => {
  const { app } = await build(t, { fleet: new FakeFleet() });
  const { paths } = await documentOf(app);
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // Pages are for people; HEAD comes with each GET.
  const routes = routesOf(app.printRoutes({ commonPrefix: false }))
    .filter((route) => !/ \/(docs|pages)\b/.test(route) && route !== 'GET /')
    .filter((route) => !route.startsWith('HEAD '));
  t.same(documented.sort(), routes.sort());
  t.ok(routes.includes('POST /check'));
});

t.test('what takes a token says so, and what it answers without one', async (t) => {
  const { app } = await build(t, { fleet: new FakeFleet(), config: { apiTokens: ['ci:a-token-of-the-ci'] } });
  const { paths } = await documentOf(app, { authorization: 'Bearer a-token-of-the-ci' });
  let open = 0;
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses, security }] of Object.entries(operations)) {
      const { statusCode } = await app.inject({ method: method.toUpperCase() as 'GET', url: path });
      if (statusCode === 200 || path === '/ready/{group}') open++;
      else t.equal(statusCode, 401, path);
      t.equal('401' in responses, statusCode === 401, `401 of ${method} ${path} is documented`);
      t.same(security, statusCode === 401 ? undefined : [], `security of ${method} ${path}`);
    }
  }
  t.equal(open, 5, 'livez, readyz, ready, and the document itself');
});

t.test('with PAGES=token the document says that it takes one', async (t) => {
  const { app } = await build(t, {
    fleet: new FakeFleet(),
    config: { pages: 'token', apiTokens: ['ci:a-token-of-the-ci'] },
  });
  const { paths } = await documentOf(app, { authorization: 'Bearer a-token-of-the-ci' });
  const operation = paths['/openapi.json']?.['get'];
  t.ok('401' in (operation?.responses ?? {}));
  t.equal(operation?.security, undefined);
});

t.test('every operation has an id of its own', async (t) => {
  const { paths } = await documentOf((await build(t, { fleet: new FakeFleet() })).app);
  const ids = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  t.equal(new Set(ids).size, ids.length);
  t.notOk(ids.includes(''));
});

t.test('every problem that a route can have is documented with an example, and no other', async (t) => {
  const { app } = await build(t, { fleet: new FakeFleet() });
  const documented = new Set(JSON.stringify(await documentOf(app)).match(/urn:reachd:problem:[a-z-]+(?=")/g));
  // These are no route's: from a browser that may not ask, no such route, a request that HTTP
  // itself does not take, no request at all, or our own bug.
  const routeless = [
    'cross-site',
    'misdirected',
    'method-not-allowed',
    'expectation-failed',
    'request-timeout',
    'header-too-large',
    'internal',
  ];
  const expected = Object.keys(PROBLEMS).filter((code) => !routeless.includes(code));
  t.same([...documented].sort(), expected.map((code) => `urn:reachd:problem:${code}`).sort());
});

t.test('every outcome is named and explained', async (t) => {
  const { components } = await documentOf((await build(t, { fleet: new FakeFleet() })).app);
  t.same(components.schemas['Outcome']?.enum, OUTCOMES);
  const { description } = components.schemas['Outcome'] as { description: string };
  for (const outcome of OUTCOMES) t.match(description, `\`${outcome}\`: `);
});

t.test('every example is valid against its schema', async (t) => {
  const document = await documentOf((await build(t, { fleet: new FakeFleet() })).app);
  const schemas: Readonly<Record<string, z.ZodType>> = {
    ...REPLY_SCHEMAS,
    CheckRequest: createRequestSchemas({ ...DEFAULTS, coordinates: true }).body,
    TargetLines: z.string(),
    TargetText: z.string(),
  };
  let checked = 0;
  for (const media of mediaOf(document)) {
    const examples = [media.example, ...Object.values(media.examples ?? {}).map(({ value }) => value)];
    for (const example of examples.filter((value) => value !== undefined)) {
      const name = media.schema.$ref?.split('/').at(-1) ?? '';
      const schema = schemas[name];
      if (schema === undefined) t.fail(`an example of ${name}, which the test does not know`);
      else t.same(z.safeParse(strict(schema), example).error?.issues, undefined, name);
      checked++;
    }
  }
  t.ok(checked >= 10, `${checked} examples`);
});

t.test('replies may gain fields, requests may not have others', async (t) => {
  const { components } = await documentOf((await build(t, { fleet: new FakeFleet() })).app);
  t.match(components.schemas['CheckRequest'], { additionalProperties: false });
  t.match(components.schemas['TargetObject'], { additionalProperties: false });
  t.notHas(components.schemas['CheckReply'], { additionalProperties: false });
});

t.test('the document states the limits that are in force', async (t) => {
  const { app } = await build(t, {
    fleet: new FakeFleet(),
    config: { maxTargets: 7, maxTimeoutMs: 4000, defaultTimeoutMs: 55 },
  });
  const { components } = await documentOf(app);
  t.match(components.schemas['CheckRequest'], {
    properties: { targets: { maxItems: 7 }, timeoutMs: { maximum: 4000, default: 55 } },
  });
});

async function documentOf(app: Awaited<ReturnType<typeof build>>['app'], headers: object = {}): Promise<Document> {
  return (await app.inject({ url: '/openapi.json', headers: { ...headers } })).json<Document>();
}

/** Every media type object, wherever it stands. */
function mediaOf(node: unknown): Media[] {
  if (typeof node !== 'object' || node === null) return [];
  const here = 'content' in node ? Object.values(node.content as Record<string, Media>) : [];
  return [...here, ...Object.values(node).flatMap(mediaOf)].filter((media) => 'schema' in media);
}

/** Unknown fields of an example are mistakes, though a reader's schema would let them pass. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject ? schema.strict() : schema;
}

/** `METHOD /path` for each line of Fastify's route tree, which indents a path under its beginning. */
function routesOf(tree: string): string[] {
  const prefixes: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const found = /^(.*?)(?:├── |└── )(\S+)(?: \((.*)\))?$/.exec(line);
    if (found === null) return [];
    const [, indent = '', path = '', methods = ''] = found;
    const depth = indent.length / 4;
    prefixes[depth] = (prefixes[depth - 1] ?? '') + path.replace(/:(\w+)/g, '{$1}');
    return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${prefixes[depth] ?? ''}`);
  });
}
