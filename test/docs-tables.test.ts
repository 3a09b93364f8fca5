// Each table of the documents says what the code says, and all of it.
import t from 'tap';
import { CAUSE_LAYERS, OUTCOMES } from '../src/check/outcome.ts';
import { DEFAULTS, SETTINGS } from '../src/config/settings.ts';
import { createRequestSchemas } from '../src/contract/request-schemas.ts';
import { PROBLEMS } from '../src/http/problems.ts';
import { build } from './support/build.ts';
import { codesIn, readDocument, tableOf } from './support/markdown.ts';

/** Pages for people, which the OpenAPI document leaves out. */
const PAGES = ['GET /', 'GET /docs'];

t.test('every setting is in the table of docs/configuration.md, with its default, and nothing else is', (t) => {
  const rows = tableOf('docs/configuration.md', 'variable');
  const settings = Object.values(SETTINGS);
  t.same(rows.flatMap(([names]) => codesIn(names)).sort(), settings.map(({ env }) => env).sort());
  const wrong = settings.filter(({ env, fallback }) => {
    const [, cell = ''] = rows.find(([names]) => codesIn(names).includes(env)) ?? [];
    const isNothing = fallback === '' || Array.isArray(fallback);
    return isNothing ? codesIn(cell).length > 0 : codesIn(cell)[0] !== String(fallback);
  });
  t.same(
    wrong.map(({ env }) => env),
    [],
    'a default is its first word in backticks; a setting that is empty has none',
  );
  t.end();
});

t.test('a setting that takes words is told with each of them', (t) => {
  const rows = tableOf('docs/configuration.md', 'variable');
  let words = 0;
  for (const { env, takes } of Object.values(SETTINGS)) {
    if (!takes.startsWith('one of ')) continue;
    const row = rows.find(([names]) => codesIn(names).includes(env)) ?? [];
    for (const word of takes.slice('one of '.length).split(', ')) {
      words++;
      t.ok(codesIn(row.join(' ')).includes(word), `${env}: ${word}`);
    }
  }
  t.ok(words > 0);
  t.end();
});

t.test('every field of a request is in the table of docs/api.md, with its default, and nothing else is', (t) => {
  const rows = tableOf('docs/api.md', 'field');
  const { body } = createRequestSchemas(DEFAULTS);
  t.same(rows.flatMap(([name]) => codesIn(name)).sort(), Object.keys(body.shape).sort());
  const defaults = new Map<string, unknown>(Object.entries(body.parse({ targets: ['a:1'] })));
  for (const [name, , cell = ''] of rows) {
    const [field = ''] = codesIn(name);
    if (field === 'targets') continue;
    const isSetting = Object.values(SETTINGS).some(({ env }) => cell.includes(env));
    const told = cell.replaceAll('`', '');
    if (!isSetting) t.equal(told, `${(defaults.get(field) ?? 'none') as string | number}`, field);
  }
  t.end();
});

t.test('every outcome is in the tables of README.md and docs/api.md, in its order, and nothing else is', (t) => {
  for (const document of ['README.md', 'docs/api.md']) {
    const told = tableOf(document, 'outcome').flatMap(([name]) => codesIn(name));
    t.same(told, OUTCOMES, document);
  }
  t.end();
});

t.test('every problem is in the table of docs/api.md, with its status, and nothing else is', (t) => {
  const told = tableOf('docs/api.md', 'code').map(([code, status]) => [codesIn(code)[0], parseInt(status ?? '', 10)]);
  t.same(
    told,
    Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
  );
  t.end();
});

t.test('every layer of a cause is told in docs/api.md, and nothing else is', (t) => {
  const [, sentence] = /`cause\.layer` is ([^.(]+)/.exec(readDocument('docs/api.md')) ?? [];
  t.same(
    codesIn(sentence).filter((word) => /^[a-z]+$/.test(word)),
    CAUSE_LAYERS,
  );
  t.end();
});

t.test('every route is told in docs/api.md, by its table or a heading, and nothing else is', async (t) => {
  const { app } = await build(t);
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, object> }>();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const headings = [...readDocument('docs/api.md').matchAll(/^## `((?:GET|POST) \/\w*)/gm)].map(([, route]) => route);
  const rows = tableOf('docs/api.md', 'route').flatMap(([names]) => codesIn(names));
  t.same([...headings, ...rows].sort(), [...routes, ...PAGES].sort());
});
