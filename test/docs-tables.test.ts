// Each table of the documents says what the code says, and all of it.
import t from 'tap';
import { CAUSE_LAYERS, OUTCOMES } from '../src/check/outcome.ts';
import type { TlsReport } from '../src/check/tls.ts';
import { DEFAULTS, SETTINGS } from '../src/config/settings.ts';
import { createRequestSchemas } from '../src/contract/request-schemas.ts';
import { PROBE_MODULES } from '../src/contract/probe-question.ts';
import { FLEET_CODES } from '../src/fleet/causes.ts';
import { PROBLEMS } from '../src/http/problems.ts';
import { probePage } from '../src/metrics/probe-page.ts';
import { FakeFleet } from './support/fake-fleet.ts';
import { FILE_VIEW } from './support/file-view.ts';
import { build, replyOf, resultOf } from './support/build.ts';
import { type Exposition, readExposition } from './support/exposition.ts';
import { checkOf } from './support/fake-reactor.ts';
import { codesIn, readDocument, tableOf } from './support/markdown.ts';

/** `name{label,label}`, as a table has it: the name and its labels. */
const SERIES = /^(\w+)(?:\{([\w,]+)\})?$/;

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
  const { body } = createRequestSchemas({ ...DEFAULTS, coordinates: true });
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

t.test('every reason of the fleet is in the table of docs/fleet.md, and nothing else is', (t) => {
  const told = tableOf('docs/fleet.md', '`cause.code`').flatMap(([code]) => codesIn(code));
  t.same(told.sort(), [...FLEET_CODES].sort());
  t.end();
});

t.test('every route is told in docs/api.md, by its table or a heading, and nothing else is', async (t) => {
  const { app } = await build(t, { fleet: new FakeFleet() });
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, object> }>();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const headings = [...readDocument('docs/api.md').matchAll(/^## `((?:GET|POST) \/\w*)/gm)].map(([, route]) => route);
  const rows = tableOf('docs/api.md', 'route').flatMap(([names]) => codesIn(names));
  t.same([...headings, ...rows].sort(), [...routes, ...PAGES].sort());
});

/** Each metric of a page that begins so, with its labels: `name{label,label}`. A histogram's bound is none of ours. */
function seriesOf({ types, samples }: Exposition, prefix: string): string[] {
  const names = [...types.keys()].filter((name) => name.startsWith(prefix));
  return names.map((name) => {
    const own = samples.filter((sample) => sample.name === name || sample.name === `${name}_bucket`);
    const labels = new Set(own.flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== 'le'));
    return labels.size === 0 ? name : `${name}{${[...labels].join(',')}}`;
  });
}

t.test('every metric is told in docs/prometheus.md, with its type and labels, and nothing else is', async (t) => {
  const { app, judge } = await build(t, { file: FILE_VIEW, fleet: new FakeFleet() });
  judge.judge({ family: 4, bytes: Uint8Array.of(169, 254, 169, 254), text: '169.254.169.254' }, 80);
  await app.inject('/livez');
  const page = readExposition((await app.inject('/metrics')).body);
  const rows = tableOf('docs/prometheus.md', 'metric');
  t.same(rows.flatMap(([series]) => codesIn(series)).sort(), seriesOf(page, 'reachd_').sort());
  for (const [series, type] of rows) {
    const [, name = ''] = SERIES.exec(codesIn(series)[0] ?? '') ?? [];
    t.equal(type, page.types.get(name), name);
  }
});

t.test('every gauge of a probe, and every module, is told in docs/prometheus.md, and nothing else is', (t) => {
  const end = '2030-01-01T00:00:00.000Z';
  const certificate = {
    ...{ subject: '', issuer: '', names: [], validFrom: end, validTo: end, daysLeft: 1, fingerprint256: '', chain: 1 },
    ...{ earliestValidTo: end, chainValidTo: end },
  };
  const tls: TlsReport = {
    ...{ outcome: 'ok', durationMs: 1, queuedMs: 0, protocol: 'TLSv1.3', cipher: null, alpn: null, certificate },
  };
  const result = { ...resultOf(checkOf('127.0.0.1:80')), latencyMs: 1, tls };
  const page = readExposition(probePage(replyOf([result]), { timeoutMs: 1, debug: false }));
  const told = tableOf('docs/prometheus.md', 'gauge').flatMap(([series]) => codesIn(series));
  t.same(told.sort(), seriesOf(page, 'probe_').sort());
  const modules = tableOf('docs/prometheus.md', 'module').flatMap(([name]) => codesIn(name));
  t.same(modules, [...PROBE_MODULES.keys()]);
  t.end();
});
