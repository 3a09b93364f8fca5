// What a request may say of a fleet, and what it gets; without one nothing of it is there.
import t from 'tap';
import { build } from '../support/build.ts';
import { stopClock } from '../support/fake-clock.ts';
import { FakeFleet } from '../support/fake-fleet.ts';

const TWO = { targets: ['x:80', 'y:1'] };
const NDJSON = 'application/x-ndjson';

interface Errors {
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

t.test('without a fleet its fields are unknown ones, and there are no vantages', async (t) => {
  const { app } = await build(t);
  for (const field of [{ from: ['*'] }, { by: 'one' }]) {
    const { statusCode, ...reply } = await app.inject({ method: 'POST', url: '/check', payload: { ...TWO, ...field } });
    t.equal(statusCode, 400);
    t.match(reply.json(), { errors: [{ path: Object.keys(field)[0], message: 'is not a known field' }] });
  }
  t.equal((await app.inject('/check?target=x:80&from=*')).statusCode, 400);
  t.equal((await app.inject('/vantages')).statusCode, 404);
  t.notMatch((await app.inject('/openapi.yaml')).body, /\/vantages:/);
});

t.test(
  'each target has a result from each vantage, target by target, and a name that nobody bears keeps its own',
  async (t) => {
    const { app, checker } = await build(t, { fleet: new FakeFleet() });
    const payload = { ...TWO, from: ['nobody', { zone: 'z2' }] };
    const reply = (await app.inject({ method: 'POST', url: '/check', payload })).json<{ results: object[] }>();
    t.match(reply, {
      ok: false,
      vantage: { name: 'fake' },
      summary: { total: 4, ok: 1, notOk: 3, outcomes: { open: 1, refused: 1, failed: 2 } },
      vantages: [
        { name: 'b', labels: { zone: 'z2' }, state: 'answered' },
        { name: 'nobody', state: 'missing', cause: { layer: 'fleet', code: 'unknown' } },
      ],
      results: [
        { target: 'x:80', vantage: 'b', outcome: 'open' },
        { target: 'x:80', vantage: 'nobody', outcome: 'failed', cause: { layer: 'fleet' } },
        { target: 'y:1', vantage: 'b', outcome: 'refused' },
        { target: 'y:1', vantage: 'nobody', outcome: 'failed' },
      ],
    });
    t.equal(checker.asked.length, 0, 'nothing is asked from here');
    t.match((await app.inject('/vantages')).json(), {
      bus: { connected: true },
      vantages: [{ name: 'a', state: 'here', instances: [{ id: 'a1' }] }, { name: 'b' }],
    });
  },
);

t.test('GET takes the same, labels as text, and its status is the verdict', async (t) => {
  const fleet = new FakeFleet();
  const { app } = await build(t, { fleet });
  const get = (query: string) => app.inject(`/check?target=x:80&${query}`);
  t.equal((await get('from=a&from=zone=z2')).statusCode, 200);
  t.same(fleet.asked, [{ from: ['a', { zone: 'z2' }], by: 'every' }]);
  t.equal((await get('from=nobody')).statusCode, 503);
  t.equal((await get('from=*&by=one')).json<{ results: object[] }>().results.length, 1);
});

t.test('lines of a reply, and those of a stream, say whose they are; the last one who was asked', async (t) => {
  const { app } = await build(t, { fleet: new FakeFleet() });
  const requests = [
    { payload: { ...TWO, from: ['*'] }, headers: { accept: NDJSON }, url: '/check' },
    { payload: 'x:80\nbad\ny:1\n', headers: { 'content-type': 'text/plain' }, url: '/check?from=*' },
  ];
  for (const request of requests) {
    const { body } = await app.inject({ method: 'POST', ...request });
    const lines = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { index?: number; vantage?: string });
    const isStream = typeof request.payload === 'string';
    const own = lines.filter((line) => 'target' in line).map(({ index, vantage }) => [index, vantage]);
    const second = isStream ? 2 : 1;
    t.same(own.sort(), [[0, 'a'], [0, 'b'], [second, 'a'], [second, 'b']]); // prettier-ignore
    t.match(lines.at(-1), { summary: { total: 4, ok: 2 }, vantages: [{ name: 'a' }, { name: 'b' }] });
    if (isStream) t.match(lines.at(-1), { summary: { invalid: 1 } });
  }
});

t.test('what is wrong about it is named', async (t) => {
  const { app } = await build(t, { fleet: new FakeFleet() });
  const rows: readonly (readonly [object, string])[] = [
    [{ from: [] }, 'from'],
    [{ from: '*' }, 'from'],
    [{ from: ['a b'] }, 'from[0]'],
    [{ from: ['a', {}] }, 'from[1]'],
    [{ from: [{ zone: 1 }] }, 'from[0].zone'],
    [{ from: ['a'], by: 'two' }, 'by'],
    [{ by: 'one' }, 'by'],
  ];
  for (const [fields, path] of rows) {
    const reply = await app.inject({ method: 'POST', url: '/check', payload: { ...TWO, ...fields } });
    t.equal(reply.statusCode, 400);
    t.equal(reply.json<Errors>().errors[0]?.path, path, JSON.stringify(fields));
  }
  const lines = await app.inject({
    method: 'POST',
    url: '/check?by=one',
    payload: 'x:80',
    headers: { 'content-type': 'text/plain' },
  });
  t.match(lines.json(), { status: 400, errors: [{ path: 'by' }] });
});

t.test('nobody is selected: 422; no bus: 503 and when to come again', async (t) => {
  const fleet = new FakeFleet();
  const { app } = await build(t, { fleet });
  const ask = (accept: string) =>
    app.inject({ method: 'POST', url: '/check', payload: { ...TWO, from: [{ zone: 'z9' }] }, headers: { accept } });
  for (const accept of ['application/json', NDJSON]) {
    t.match((await ask(accept)).json(), { type: 'urn:reachd:problem:no-vantage', status: 422 });
  }
  fleet.isConnected = false;
  const refused = await ask(NDJSON);
  t.match(refused.json(), { type: 'urn:reachd:problem:bus-unavailable', status: 503 });
  t.equal(refused.headers['retry-after'], '1');
});

t.test('callers are charged targets times vantages', async (t) => {
  stopClock(t);
  const config = { rateTargetsPerSecond: 1, rateBurst: 4, maxQueuedPerCaller: 10_000 };
  const { app } = await build(t, { fleet: new FakeFleet(), config });
  const ask = (payload: object) => app.inject({ method: 'POST', url: '/check', payload });
  t.equal((await ask({ ...TWO, from: ['*'] })).statusCode, 200);
  t.equal((await ask({ targets: ['x:80'] })).statusCode, 429, 'two from two are four');
});

t.test('a JSON reply holds MAX_TARGETS results, one in lines MAX_QUEUED', async (t) => {
  const config = { maxTargets: 3, maxQueued: 3 };
  const { app } = await build(t, { fleet: new FakeFleet(), config });
  const ask = (accept: string) =>
    app.inject({ method: 'POST', url: '/check', payload: { ...TWO, from: ['*'] }, headers: { accept } });
  t.match((await ask('application/json')).json(), { status: 400, errors: [{ path: 'from', message: /x-ndjson/ }] });
  t.match((await ask(NDJSON)).json(), { status: 400, errors: [{ path: 'from', message: /by a stream/ }] });
});
