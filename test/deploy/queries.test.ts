// The dashboard and the alerts ask for metrics that are there, and each alert says what to do.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { probePage } from '../../src/metrics/probe-page.ts';
import { FILE_VIEW } from '../support/file-view.ts';
import { build, replyOf, resultOf } from '../support/build.ts';
import { checkOf } from '../support/fake-reactor.ts';
import { readExposition } from '../support/exposition.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const RULES = read('deploy/prometheus/reachd-rules.yaml');
const DASHBOARD = read('deploy/grafana/reachd.json');

/** Names in a query that are metrics, not functions, labels or what is in quotes. */
const METRIC = /\b(?:reachd|probe|process|nodejs)_[a-z0-9_]+\b(?!\s*=[^=])/g;
const LABELS = new Set(['probe_job']);

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(DASHBOARD) as { readonly panels: readonly Panel[] };

/** The text of an `expr:`, on its line or indented below it. */
function expressionsOf(rules: string): string[] {
  return [...rules.matchAll(/^ {8}expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/gm)].map(
    ([, block, line]) => block ?? line ?? '',
  );
}

function metricsOf(query: string): string[] {
  return [...query.replaceAll(/"[^"]*"/g, '""').matchAll(METRIC)]
    .map(([name]) => name)
    .filter((name) => !LABELS.has(name));
}

async function namesOnThePages(): Promise<Set<string>> {
  const { app, judge } = await build(t, { file: FILE_VIEW });
  judge.judge({ family: 4, bytes: Uint8Array.of(169, 254, 169, 254), text: '169.254.169.254' }, 80);
  await app.inject('/livez');
  const metrics = readExposition((await app.inject('/metrics')).body);
  const result = { ...resultOf(checkOf('127.0.0.1:80')), latencyMs: 1 };
  const probe = readExposition(probePage(replyOf([result]), { timeoutMs: 1, debug: false }));
  return new Set([...metrics.samples, ...probe.samples].map(({ name }) => name));
}

t.test('each metric that an alert or a panel asks for is on a page', async (t) => {
  const there = await namesOnThePages();
  const queries = [...expressionsOf(RULES), ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))];
  t.ok(queries.length > 40, `${queries.length} queries`);
  for (const query of queries) {
    const asked = metricsOf(query);
    t.ok(asked.length > 0 || query.startsWith('up{'), query);
    t.same(
      asked.filter((name) => !there.has(name)),
      [],
      query,
    );
  }
});

t.test('each alert has a severity, a summary and a runbook that is there, and each runbook an alert', (t) => {
  const alerts = [...RULES.matchAll(/- alert: (\w+)\n([\s\S]*?)(?=\n {6}- alert|\n {2}- name|$)/g)];
  const runbooks = [...read('docs/runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name ?? '');
  t.ok(alerts.length >= 13);
  for (const [, name = '', rule = ''] of alerts) {
    t.match(rule, /severity: (critical|warning)/, name);
    t.match(rule, /summary: '.*\$labels/, name);
    t.match(rule, `runbook_url: docs/runbooks.md#${name.toLowerCase()}\n`.trimEnd(), name);
  }
  t.same(runbooks.sort(), alerts.map(([, name]) => name).sort());
  t.end();
});

t.test('each panel says what it shows, and the dashboard has what an operator looks for', (t) => {
  const shown = panels.filter(({ type }) => type !== 'row');
  t.same(
    shown.filter(({ description = '', targets = [] }) => description === '' || targets.length === 0),
    [],
  );
  const titles = shown.map(({ title }) => title);
  const wanted = [
    'Outcomes',
    'Who said no',
    'Latency against kernel RTT',
    'SYN retransmissions',
    'In flight',
    'Waiting',
  ];
  for (const title of wanted) t.ok(titles.includes(title), title);
  t.end();
});
