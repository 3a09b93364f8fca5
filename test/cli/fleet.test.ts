// `reachd check --from`: what a fleet answered, as people and programs read it. A server of the test's gives answers in the
// order that it likes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { XMLParser } from 'fast-xml-parser';
import t, { type Test } from 'tap';
import type { CheckResult, VantageAnswer } from '../../src/check/result.ts';
import { resultOf } from '../support/build.ts';
import { reachd } from '../support/command.ts';
import { checkOf } from '../support/fake-reactor.ts';

t.setTimeout(120_000);

const VANTAGES: readonly VantageAnswer[] = [
  { name: 'east', labels: { zone: 'z1' }, state: 'answered' },
  { name: 'west', labels: { zone: 'z2' }, state: 'answered' },
  {
    ...{ name: 'north', labels: {}, state: 'missing' },
    cause: { layer: 'fleet', code: 'unknown', message: 'nobody of that name is here' },
  },
];

/** From where: east reaches what is there, west nothing, and nobody is north. */
function answerOf(target: string, vantage: string): CheckResult {
  const result = { ...resultOf(checkOf(target)), vantage };
  if (vantage === 'east') return result;
  const cause =
    vantage === 'north'
      ? { layer: 'fleet' as const, code: 'unknown', message: 'nobody of that name is here' }
      : { layer: 'tcp' as const, code: 'ETIMEDOUT', message: 'no answer' };
  return { ...result, ok: false, outcome: vantage === 'north' ? 'failed' : 'timeout', latencyMs: null, cause };
}

interface Fleet {
  readonly url: string;
  /** What it was asked with, a query a request. */
  readonly queries: string[];
}

/** Answers from west and north first, and for the last target first. With by=one the vantages take turns. */
async function fleet(t: Test): Promise<Fleet> {
  const queries: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      queries.push(request.url ?? '');
      const targets = body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as string);
      const names = ['west', 'north', 'east'];
      const rows = targets.map((target, index) => ({ target, index })).reverse();
      const isOne = request.url?.includes('by=one') === true;
      const lines = rows.flatMap(({ target, index }) =>
        names
          .filter((_, at) => !isOne || index % names.length === at)
          .map((name) => ({ vantage: name, index, ...answerOf(target, name) })),
      );
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
      response.end(`${JSON.stringify({ summary: {}, vantage: { name: 'gateway' }, vantages: VANTAGES })}\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, queries };
}

const THREE = ['db:5432', 'cache:1', 'web:80'];
const FROM = ['--from', '*,north'];

t.test('a table has targets down and vantages across, and below it why', async (t) => {
  const { url, queries } = await fleet(t);
  const { code, stdout } = await reachd(t, ['check', ...THREE, ...FROM, '--url', url]);
  t.equal(code, 1);
  const lines = stdout.split('\n');
  t.same(lines.slice(0, 5), [
    'TARGET   east           north             west',
    'db:5432  open 0.100 ms  failed (unknown)  timeout',
    'cache:1  refused        failed (unknown)  timeout',
    'web:80   open 0.100 ms  failed (unknown)  timeout',
    '',
  ]);
  t.same(lines.slice(5, 8), [
    'db:5432  north  failed: nobody of that name is here',
    'db:5432  west   timeout: no answer',
    'cache:1  east   refused',
  ]);
  t.match(
    lines.at(-2),
    /^3 targets from 3 vantages: 2 ok, 7 not \(2 open, 1 refused, 3 timeout, 3 failed\), 1 vantage did/,
  );
  t.match(queries, [/[?&]from=\*&from=north/]);
});

t.test('of more vantages than targets, those go down', async (t) => {
  const { url } = await fleet(t);
  const { stdout } = await reachd(t, ['check', 'db:5432', ...FROM, '--url', url]);
  t.same(stdout.split('\n').slice(0, 4), [
    'VANTAGE  db:5432',
    'east     open 0.100 ms',
    'north    failed (unknown)',
    'west     timeout',
  ]);
});

t.test('--only-failed leaves out what is ok, and the summary counts it', async (t) => {
  const { url } = await fleet(t);
  const { stdout } = await reachd(t, ['check', ...THREE, ...FROM, '--url', url, '--only-failed']);
  t.match(stdout, /^TARGET.*\ndb:5432 +failed \(unknown\) +timeout\n/m);
  t.match(stdout, /2 ok, 7 not/);
});

t.test('JSON is in the order of targets, then of vantages, with what each vantage had to say', async (t) => {
  const { url } = await fleet(t);
  const { stdout } = await reachd(t, ['check', ...THREE, ...FROM, '--url', url, '--output', 'json']);
  const { results, ...rest } = JSON.parse(stdout) as { results: CheckResult[] };
  t.same(
    results.map(({ target, vantage }) => `${target} ${vantage ?? ''}`),
    THREE.flatMap((target) => ['east', 'north', 'west'].map((name) => `${target} ${name}`)),
  );
  t.match(rest, { ok: false, vantage: { name: 'gateway' }, vantages: VANTAGES, summary: { total: 9, ok: 2 } });
});

t.test('NDJSON has a line for each answer as it comes, and the last one names the vantages', async (t) => {
  const { url } = await fleet(t);
  const { stdout } = await reachd(t, ['check', ...THREE, ...FROM, '--url', url, '--output', 'ndjson']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { index?: number; vantage: unknown; vantages?: unknown });
  t.same(
    lines.slice(0, -1).map(({ index, vantage }) => [index, vantage]),
    [2, 1, 0].flatMap((index) => ['west', 'north', 'east'].map((name) => [index, name])),
  );
  t.match(lines.at(-1), { summary: { total: 9 }, vantages: VANTAGES });
});

t.test('TAP and JUnit have a case for each target and vantage, which say from where', async (t) => {
  const { url } = await fleet(t);
  const tap = await reachd(t, ['check', ...THREE, ...FROM, '--url', url, '--output', 'tap']);
  t.match(tap.stdout, /^ok 1 - db:5432 from east open in 0\.100 ms$/m);
  t.match(tap.stdout, /^not ok 9 - web:80 from west timeout$/m);
  const junit = await reachd(t, ['check', ...THREE, ...FROM, '--url', url, '--output', 'junit']);
  const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(junit.stdout) as {
    testsuites: { testsuite: { testcase: { '@_classname': string; '@_name': string }[] } };
  };
  const cases = testsuites.testsuite.testcase.map((one) => `${one['@_classname']} ${one['@_name']}`);
  t.equal(cases.length, 9);
  t.match(cases, ['reachd.east db:5432', 'reachd.north db:5432', 'reachd.west db:5432']);
});

t.test('--by one has one answer for each target, and a column that says from where', async (t) => {
  const { url, queries } = await fleet(t);
  const { stdout } = await reachd(t, ['check', ...THREE, '--from', '*', '--by', 'one', '--url', url]);
  t.match(stdout, /^TARGET +OUTCOME +LATENCY +VANTAGE +REASON\n/);
  t.match(stdout, /^web:80 +open +0\.100 ms +east$/m);
  t.match(stdout, /^3 targets: /m);
  t.match(queries, [/by=one/]);
});

t.test('labels in one flag are one selection, and a name beside them another', async (t) => {
  const { url, queries } = await fleet(t);
  await reachd(t, ['check', 'db:1', '--from', 'zone=a,disk=ssd', '--from', 'x', '--url', url]);
  const from = new URLSearchParams(queries[0]?.split('?')[1]).getAll('from');
  t.same(from, ['zone=a,disk=ssd', 'x']);
});

t.test('a fleet is asked through a server: without --url, or of no vantage, the command is not right', async (t) => {
  const rows = [
    [['--from', '*'], /^reachd: --from takes --url: /],
    [['--by', 'one'], /^reachd: --by takes every, unless/],
    [['--from', 'a b', '--url', 'http://127.0.0.1:1'], /^reachd: --from takes /],
  ] as const;
  for (const [flags, line] of rows) {
    const { code, stdout, stderr } = await reachd(t, ['check', 'localhost:1', ...flags]);
    t.match({ code, stdout }, { code: 2, stdout: '' }, flags.join(' '));
    t.match(stderr, line);
  }
});
