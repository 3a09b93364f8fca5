// POST /check and GET /check on a fake checker: what reaches the domain, and in which form the answer leaves.
import t from 'tap';
import { NoRoomError } from '../../src/check/pool.ts';
import type { CheckReply } from '../../src/check/result.ts';
import type { ProblemReply } from '../../src/http/document/reply-schemas.ts';
import { build } from '../support/build.ts';

t.test('a string target takes the defaults of the service', async (t) => {
  const { app, checker } = await build(t);
  const reply = await app.inject({ method: 'POST', url: '/check', payload: { targets: ['127.0.0.1:80'] } });
  t.equal(reply.statusCode, 200);
  t.match(reply.headers['content-type'], /^application\/json/);
  t.match(checker.asked, [
    [
      {
        target: { text: '127.0.0.1:80', port: 80 },
        name: undefined,
        options: {
          timeoutMs: 3000,
          handshake: 'half',
          family: 'any',
          addresses: 'any',
          expect: 'open',
          count: 1,
          intervalMs: 1000,
          sourceAddress: null,
          sourceInterface: null,
          trace: 'none',
        },
      },
    ],
  ]);
});

t.test('options of a target override those of the request, which override the defaults', async (t) => {
  const { app, checker } = await build(t);
  const everything = {
    timeoutMs: 20,
    handshake: 'full',
    family: 'ipv6',
    addresses: 'all',
    expect: 'closed',
    count: 3,
    intervalMs: 0,
    sourceAddress: '::2',
    sourceInterface: 'lo',
    trace: 'always',
  };
  const payload = {
    targets: [
      { host: '::1', port: 5432, name: 'db', ...everything },
      { host: 'localhost', port: 80 },
      'tcp://[::1]:81',
    ],
    timeoutMs: 500,
    handshake: 'full',
    sourceInterface: 'eth0',
  };
  const reply = await app.inject({ method: 'POST', url: '/check', payload });
  t.equal(reply.statusCode, 200);
  const shared = { timeoutMs: 500, handshake: 'full', family: 'any', sourceAddress: null, sourceInterface: 'eth0' };
  t.match(checker.asked[0], [
    { target: { text: '[::1]:5432' }, name: 'db', options: everything },
    { target: { text: 'localhost:80' }, name: undefined, options: shared },
    { target: { text: '[::1]:81' }, options: shared },
  ]);
});

t.test('a family and a source address that contradict each other are told only if a target has both', async (t) => {
  const { app, checker } = await build(t);
  const ask = (targets: readonly unknown[]) =>
    app.inject({ method: 'POST', url: '/check', payload: { targets, family: 'ipv4', sourceAddress: '::1' } });
  const target = { host: 'localhost', port: 2 };
  const sound = [
    { ...target, family: 'ipv6' },
    { ...target, sourceAddress: '127.0.0.1' },
    { ...target, family: 'any' },
  ];
  t.equal((await ask(sound)).statusCode, 200);
  t.equal(checker.asked[0]?.length, 3);
  const told = [{ path: 'sourceAddress', message: 'takes an IPv4 address: family is ipv4' }];
  for (const inheriting of ['localhost:2', target, { ...target, handshake: 'full' }]) {
    t.same((await ask([...sound, inheriting, inheriting])).json<ProblemReply>().errors, told, 'once');
  }
  t.equal(checker.asked.length, 1);
});

t.test('POST answers 200 whatever the checks found; GET answers 503 when one is not ok', async (t) => {
  const { app } = await build(t);
  const post = await app.inject({ method: 'POST', url: '/check', payload: { targets: ['localhost:1'] } });
  t.match({ status: post.statusCode, body: post.json<CheckReply>() }, { status: 200, body: { ok: false } });
  const bad = await app.inject('/check?target=localhost:1&target=localhost:2');
  t.match({ status: bad.statusCode, body: bad.json<CheckReply>() }, { status: 503, body: { summary: { notOk: 1 } } });
  const good = await app.inject('/check?target=localhost:2');
  t.match({ status: good.statusCode, body: good.json<CheckReply>() }, { status: 200, body: { ok: true } });
});

t.test('a query carries the same options as a body', async (t) => {
  const { app, checker } = await build(t);
  const query = 'timeoutMs=250&count=2&intervalMs=0&handshake=full&family=ipv4&addresses=all&expect=closed';
  const url = `/check?target=a.example:1&target=127.0.0.1:2&${query}&sourceAddress=127.0.0.1&sourceInterface=lo&trace=on-failure`;
  await app.inject(url);
  const options = {
    timeoutMs: 250,
    count: 2,
    intervalMs: 0,
    handshake: 'full',
    family: 'ipv4',
    addresses: 'all',
    expect: 'closed',
    sourceAddress: '127.0.0.1',
    sourceInterface: 'lo',
    trace: 'on-failure',
  };
  t.match(checker.asked[0], [
    { target: { text: 'a.example:1' }, options },
    { target: { text: '127.0.0.1:2' }, options },
  ]);
});

t.test('with TRACE=off whoever wants a trace learns that there are none', async (t) => {
  const { app, checker } = await build(t, { config: { trace: 'off' } });
  const message = 'takes none: this reachd does not trace (TRACE=off)';
  const refused = async (path: string, request: Promise<{ statusCode: number; body: string }>) => {
    const reply = await request;
    t.match([reply.statusCode, (JSON.parse(reply.body) as ProblemReply).errors], [400, [{ path, message }]]);
  };
  const post = (payload: object) => app.inject({ method: 'POST', url: '/check', payload });
  await refused('trace', post({ targets: ['a:1'], trace: 'always' }));
  await refused('targets[0].trace', post({ targets: [{ host: 'a', port: 1, trace: 'on-failure' }] }));
  await refused('trace', app.inject('/check?target=a:1&trace=on-failure'));
  t.same(checker.asked, []);
  t.equal((await post({ targets: ['a:1'], trace: 'none' })).statusCode, 200);
});

t.test('the limits of the configuration hold, inclusive', async (t) => {
  const { app } = await build(t, { config: { maxTargets: 2, maxTimeoutMs: 400, defaultTimeoutMs: 100 } });
  const status = async (payload: object) => (await app.inject({ method: 'POST', url: '/check', payload })).statusCode;
  t.equal(await status({ targets: ['a:1', 'b:2'], timeoutMs: 400 }), 200);
  t.equal(await status({ targets: ['a:1', 'b:2', 'c:3'] }), 400);
  t.equal(await status({ targets: ['a:1'], timeoutMs: 401 }), 400);
  t.equal(await status({ targets: ['a:1'], timeoutMs: 9 }), 400);
  t.equal(await status({ targets: ['a:1'], timeoutMs: 10 }), 200);
});

t.test('a request that alone is more than may ever wait is a 400: to come again would not help', async (t) => {
  const { app, checker } = await build(t, { config: { maxTargets: 4, maxQueued: 12 } });
  const post = (payload: object) => app.inject({ method: 'POST', url: '/check', payload });
  const many = { host: 'a', port: 1, count: 10 };
  const rows = [
    [{ targets: ['a:1', 'b:2', 'c:3'], count: 5 }, 'count', 15],
    [{ targets: ['a:1', many, many] }, 'targets', 21],
    [{ targets: ['a:1', { ...many, count: 1 }, many], count: 2 }, 'count', 13],
  ] as const;
  for (const [payload, path, asked] of rows) {
    const reply = await post(payload);
    const message = `takes rounds that come to at most 12 attempts (MAX_QUEUED) over all targets, and these come to ${asked}`;
    t.match(reply.json(), { type: 'urn:reachd:problem:invalid-request', status: 400 });
    t.same(reply.json<ProblemReply>().errors, [{ path, message }]);
    t.equal(reply.headers['retry-after'], undefined);
  }
  t.match((await app.inject('/check?target=a:1&target=b:2&count=7')).json(), { errors: [{ path: 'count' }] });
  t.same(checker.asked, []);
  t.equal((await post({ targets: ['a:2', 'b:2', 'c:2'], count: 4 })).statusCode, 200);
  t.equal((await post({ targets: ['a:2', 'b:2', many] })).statusCode, 200);
  t.equal((await app.inject('/check?target=a:2&target=b:2&count=6')).statusCode, 200);
});

t.test('more than the checker takes is a 503 that says when to come again, streamed or not', async (t) => {
  const checker = { check: () => Promise.reject(new NoRoomError('overloaded', 'none')) };
  const { app } = await build(t, { checker });
  for (const accept of ['application/json', 'application/x-ndjson']) {
    const request = {
      method: 'POST',
      url: '/check',
      payload: { targets: ['a:1', 'b:2'] },
      headers: { accept },
    } as const;
    const reply = await app.inject(request);
    t.equal(reply.statusCode, 503);
    t.equal(reply.headers['retry-after'], '1');
    t.match(reply.json(), { type: 'urn:reachd:problem:overloaded', status: 503 });
  }
});

t.test('the largest request with the longest targets fits the body limit', async (t) => {
  const { app, checker } = await build(t, { config: { maxTargets: 1000 } });
  const host = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
  const target = { host, port: 65535, name: 'n'.repeat(200), timeoutMs: 3000, handshake: 'half', addresses: 'any' };
  const payload = { targets: Array.from({ length: 1000 }, () => target) };
  const reply = await app.inject({ method: 'POST', url: '/check', payload });
  t.equal(reply.statusCode, 200);
  t.equal(checker.asked[0]?.length, 1000);
});

t.test('10,000 targets are validated and answered in order', async (t) => {
  const { app, checker } = await build(t);
  const targets = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}:${1 + (i % 65_535)}`);
  const reply = await app.inject({ method: 'POST', url: '/check', payload: { targets } });
  t.equal(reply.statusCode, 200);
  const answered = reply.json<CheckReply>().results.map((result) => result.target);
  t.same(answered, targets);
  t.equal(new Set(checker.asked[0]?.map((check) => check.options)).size, 1, 'string targets share one set of options');
});
