// Debian's real Prometheus with the configuration of deploy/prometheus: it scrapes /metrics and /probe, through the
// relabelling, and an alert fires and ends. Only addresses and intervals are changed.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { folderOf, promtool, startServer, withoutProgram } from '../support/debian-program.ts';
import { closedPort, openPort, portThatOpens } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

t.setTimeout(300_000);

const noPrometheus = withoutProgram('prometheus');
const DEPLOYED = new URL('../../deploy/prometheus/', import.meta.url);
const WITHIN_MS = 120_000;

const deployed = (file: string): string => readFileSync(new URL(file, DEPLOYED), 'utf8');

/** The text with each replacement made, each of which has to change something. */
function changed(text: string, ...replacements: readonly (readonly [RegExp, string])[]): string {
  return replacements.reduce((so, [from, to]) => {
    if (!from.test(so)) throw new Error(`${from.source} is not in the file`);
    return so.replace(from, to);
  }, text);
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** A query is repeated until its answer is as wanted; how long that takes is Prometheus' affair. */
async function until(t: Test, url: string, expression: string, isWanted: (series: readonly Series[]) => boolean) {
  const deadline = performance.now() + WITHIN_MS;
  let seen: readonly Series[] = [];
  while (performance.now() < deadline) {
    const reply = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
    seen = ((await reply.json()) as { data: { result: Series[] } }).data.result;
    if (isWanted(seen)) return seen;
    await sleep(200);
  }
  t.fail(`${expression} is ${JSON.stringify(seen)}`);
  return seen;
}

t.test('what is deployed is valid to promtool', { skip: noPrometheus }, (t) => {
  const path = (file: string): string => new URL(file, DEPLOYED).pathname;
  t.equal(promtool(['check', 'config', path('prometheus.yml')]), '');
  t.equal(promtool(['check', 'rules', path('reachd-rules.yaml')]), '');
  t.end();
});

t.test(
  'Prometheus has the series of both pages, and an alert of ours fires and ends',
  { skip: noPrometheus },
  async (t) => {
    const { host: reachd } = new URL(await new Service(t, {}).listening());
    const steady = `127.0.0.1:${openPort(t).port}`;
    const [absent, late] = [closedPort(t).port, portThatOpens(t)];
    const config = changed(
      deployed('prometheus.yml'),
      [/\['localhost:8080'\]/, `['${reachd}']`],
      [/replacement: localhost:8080/, `replacement: ${reachd}`],
      [/\['localhost:5432', 'localhost:6379'\]/, `['${steady}', '127.0.0.1:${absent}', '127.0.0.1:${late.port}']`],
      [/scrape_interval: 15s/, 'scrape_interval: 1s'],
      [/evaluation_interval: 15s/, 'evaluation_interval: 1s'],
    );
    const rules = changed(deployed('reachd-rules.yaml'), [/for: \d+m/g, 'for: 1s']);
    const folder = folderOf(t, { 'prometheus.yml': config, 'reachd-rules.yaml': rules });
    const url = await startServer(t, 'prometheus', '/-/ready', (address) => [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
    ]);

    await until(t, url, 'up', (series) => series.length === 4 && series.every(({ value }) => value[1] === '1'));
    const checks = 'sum by (instance, job) (reachd_checks_total{outcome="open"}) > 2';
    const [counted] = await until(t, url, checks, (series) => series.length === 1);
    t.match(counted?.metric, { instance: reachd, job: 'reachd' }, 'probes are counted as the checks that they are');
    const probes = await until(t, url, 'probe_success', (series) => series.length === 3);
    const found = Object.fromEntries(probes.map(({ metric, value }) => [metric['instance'] ?? '', value[1]] as const));
    t.same(found, { [steady]: '1', [`127.0.0.1:${absent}`]: '0', [`127.0.0.1:${late.port}`]: '0' }, 'by target');

    const alerts = 'ALERTS{alertname="ReachdTargetNotOk", alertstate="firing"}';
    const instances = (series: readonly Series[]) => series.map(({ metric }) => metric['instance']).sort();
    const firing = await until(t, url, alerts, (series) => series.length === 2);
    t.same(instances(firing), [`127.0.0.1:${absent}`, `127.0.0.1:${late.port}`].sort(), 'not of a target that is well');
    t.match(firing, [{ metric: { severity: 'critical', job: 'reachd-probe' } }]);
    late.open();
    const left = await until(t, url, alerts, (series) => series.length === 1);
    t.same(instances(left), [`127.0.0.1:${absent}`], 'it ends when the target is there');
  },
);
