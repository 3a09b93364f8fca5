// GET /ready/{group} and GET /groups over HTTP, on groups whose rounds a test makes.
import t from 'tap';
import type { FileView } from '../../src/groups/file-in-force.ts';
import { build, replyOf, resultOf } from '../support/build.ts';
import { benchOf, type GroupsBench } from '../support/groups-bench.ts';

const GROUP = { name: 'checkout', targets: ['10.1.2.3:5432'], intervalMs: 1000, jitter: 0, rise: 1, fall: 1 };
const KUBELET = { 'user-agent': 'kube-probe/1.34', accept: '*/*', connection: 'close' };
const TOKEN = { apiTokens: ['ci:a-token-of-the-ci'] };

function fileOf({ groups }: GroupsBench): FileView {
  return { groups, modules: () => new Map(), isInForce: true };
}

/** Keeps the first round from its answer until the function that is returned is called. */
function hold(bench: GroupsBench): () => Promise<void> {
  let answer = (): void => undefined;
  bench.ask = (checks) => new Promise((resolve) => (answer = () => resolve(replyOf(checks.map(resultOf)))));
  return async () => {
    bench.ask = null;
    answer();
    await bench.timing.advance(0);
  };
}

t.test('the status is the verdict: 503 while unknown, 200 up, 503 down', async (t) => {
  const bench = benchOf(GROUP);
  const begin = hold(bench);
  const { app } = await build(t, { file: fileOf(bench) });
  const ask = (query = '') => app.inject({ url: `/ready/checkout${query}`, headers: KUBELET });
  const unknown = await ask();
  t.equal(unknown.statusCode, 503);
  t.same(unknown.json(), {
    ...{ group: 'checkout', state: 'unknown', ready: false, since: '1970-01-01T00:00:00.000Z' },
    ...{ checkedAt: null, stale: false },
  });
  t.equal(unknown.headers.age, undefined);
  t.equal((await ask('?phase=startup')).statusCode, 503);

  await begin();
  bench.timing.at = 2999;
  const up = await ask();
  t.equal(up.statusCode, 200);
  t.match(up.json(), { state: 'up', ready: true, checkedAt: '1970-01-01T00:00:00.000Z' });
  t.equal(up.headers.age, '2', 'whole seconds');

  bench.outcome = () => 'timeout';
  await bench.timing.advance(1000);
  const down = await ask();
  t.equal(down.statusCode, 503);
  t.match(down.json(), { state: 'down', ready: false });
  const startup = await ask('?phase=startup');
  t.equal(startup.statusCode, 200, 'it has been up once');
  t.match(startup.json(), { state: 'down', ready: true });
});

t.test('a verdict that is old stands, and says so', async (t) => {
  const bench = benchOf(GROUP);
  const { app } = await build(t, { file: fileOf(bench) });
  await bench.timing.advance(0);
  bench.timing.at = 1e9;
  const reply = await app.inject('/ready/checkout');
  t.equal(reply.statusCode, 200);
  t.match(reply.json(), { state: 'up', ready: true, stale: true });
  t.equal(reply.headers.age, '1000000');
});

t.test('the body is under 1 KB, and no address is in it', async (t) => {
  const name = 'a'.repeat(63);
  const targets = Array.from({ length: 500 }, (_, i) => `10.1.2.3:${i + 1}`);
  const bench = benchOf({ ...GROUP, name, targets });
  const { app } = await build(t, { file: fileOf(bench) });
  await bench.timing.advance(0);
  for (const url of [`/ready/${name}`, `/ready/${name}?phase=startup`]) {
    const { statusCode, body } = await app.inject(url);
    t.equal(statusCode, 200);
    t.ok(body.length < 1024, `${body.length} bytes`);
    t.notMatch(body, /10\.1\.2\.3/);
  }
});

t.test('an unknown group is 404, an unknown phase or parameter 400', async (t) => {
  const bench = benchOf(GROUP);
  const { app } = await build(t, { file: fileOf(bench) });
  for (const name of ['nobody', 'CHECKOUT', '%00', 'a'.repeat(90), '__proto__']) {
    const reply = await app.inject(`/ready/${name}`);
    t.equal(reply.statusCode, 404, name);
    t.match(reply.json(), { type: 'urn:reachd:problem:not-found', detail: 'No group has this name.' });
  }
  t.equal((await app.inject('/ready')).statusCode, 404);
  for (const query of ['phase=start', 'phase=', 'phase', 'phase=startup&phase=startup', 'phase=Startup']) {
    const reply = await app.inject(`/ready/checkout?${query}`);
    t.equal(reply.statusCode, 400, query);
    t.match(reply.json(), { errors: [{ path: 'phase', message: 'takes one of startup' }] });
  }
  const typo = await app.inject('/ready/checkout?pahse=startup');
  t.match(typo.json(), { status: 400, errors: [{ path: 'pahse', message: 'is not a known field' }] });
});

t.test('HEAD has the status, other methods are 405', async (t) => {
  const bench = benchOf(GROUP);
  const begin = hold(bench);
  const { app } = await build(t, { file: fileOf(bench) });
  const unknown = await app.inject({ method: 'HEAD', url: '/ready/checkout' });
  t.match({ status: unknown.statusCode, body: unknown.body }, { status: 503, body: '' });
  await begin();
  const up = await app.inject({ method: 'HEAD', url: '/ready/checkout' });
  t.match({ status: up.statusCode, body: up.body }, { status: 200, body: '' });
  t.equal(up.headers.age, '0');
  const post = await app.inject({ method: 'POST', url: '/ready/checkout' });
  t.match({ status: post.statusCode, allow: post.headers.allow }, { status: 405, allow: 'GET, HEAD' });
});

t.test('readiness needs no token, has no limit and no line in the log; /groups needs one', async (t) => {
  const bench = benchOf(GROUP);
  const config = { ...TOKEN, rateTargetsPerSecond: 1, rateBurst: 1 };
  const { app, checker, log } = await build(t, { config, file: fileOf(bench) });
  await bench.timing.advance(0);
  const rounds = bench.asked.length;
  for (let i = 0; i < 1000; i++) t.equal((await app.inject('/ready/checkout')).statusCode, 200);
  t.equal(bench.asked.length, rounds, 'and none of a thousand makes a check');
  t.same(checker.asked, []);
  t.same(log, []);
  t.equal((await app.inject('/groups')).statusCode, 401);
  const headers = { authorization: 'Bearer a-token-of-the-ci' };
  t.equal((await app.inject({ url: '/groups', headers })).statusCode, 200);
});

t.test('draining leaves the verdict; closing refuses, as everywhere', async (t) => {
  const bench = benchOf(GROUP);
  const { app, lifecycle } = await build(t, { file: fileOf(bench) });
  await bench.timing.advance(0);
  lifecycle.enter('draining');
  t.equal((await app.inject('/readyz')).statusCode, 503, 'reachd itself takes no more');
  const draining = await app.inject('/ready/checkout');
  t.match(
    { status: draining.statusCode, connection: draining.headers.connection },
    { status: 200, connection: 'close' },
  );
  lifecycle.enter('closing');
  t.match((await app.inject('/ready/checkout')).json(), { status: 503, type: 'urn:reachd:problem:shutting-down' });
});

t.test('GET /groups has each target’s last result, the changes and the rounds', async (t) => {
  const bench = benchOf({ ...GROUP, targets: ['a.test:2', { host: 'b.test', port: 2, name: 'b' }], mode: 'any' });
  bench.outcome = (target) => (target.startsWith('b') ? 'refused' : 'open');
  const { app } = await build(t, { file: fileOf(bench) });
  await bench.timing.advance(1500);
  t.same((await app.inject('/groups')).json(), {
    groups: [
      {
        ...{ group: 'checkout', state: 'up', since: '1970-01-01T00:00:00.000Z', checkedAt: '1970-01-01T00:00:01.000Z' },
        ...{ stale: false, mode: 'any' },
        changes: [{ at: '1970-01-01T00:00:00.000Z', from: 'unknown', to: 'up' }],
        rounds: [
          { at: '1970-01-01T00:00:00.000Z', ok: true, latencyMs: 0.1 },
          { at: '1970-01-01T00:00:01.000Z', ok: true, latencyMs: 0.1 },
        ],
        targets: [
          {
            ...{ label: 'a.test:2', target: 'a.test:2', since: '1970-01-01T00:00:00.000Z', counts: 'good' },
            result: {
              ...{ target: 'a.test:2', ok: true, outcome: 'open', latencyMs: 0.1, address: '127.0.0.1', dns: null },
              ...{ cause: null, attempts: [] },
            },
          },
          {
            ...{ label: 'b', target: 'b.test:2', since: '1970-01-01T00:00:00.000Z', counts: 'bad' },
            result: {
              ...{ target: 'b.test:2', name: 'b', ok: false, outcome: 'refused', latencyMs: 0.1 },
              ...{ address: '127.0.0.1', dns: null, cause: null, attempts: [] },
            },
          },
        ],
      },
    ],
  });
});

t.test('without a file there are no groups', async (t) => {
  const { app } = await build(t);
  t.same((await app.inject('/groups')).json(), { groups: [] });
  t.equal((await app.inject('/ready/checkout')).statusCode, 404);
});
