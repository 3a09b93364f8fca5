// Who may ask: everything but the health routes takes a token where there are any, before the body and the path count.
import { connect } from 'node:net';
import t from 'tap';
import { createAudit } from '../../src/callers/audit.ts';
import { build, FakeChecker, listen, type Log, loggerTo } from '../support/build.ts';

const CI = 'a-token-of-the-ci';
const OPS = 'a-token-of-the-ops';
const config = { apiTokens: [`ci:${CI}`, `ops:${OPS}`] };
const authorization = `Bearer ${CI}`;

t.test('without tokens nobody is asked for one', async (t) => {
  const { app } = await build(t);
  for (const url of ['/check?target=a:2', '/policy', '/docs', '/openapi.json', '/livez']) {
    t.equal((await app.inject(url)).statusCode, 200, url);
  }
});

const PAGES = [
  '/',
  '/pages/status.css',
  '/docs',
  '/docs/json',
  '/docs/static/index.css',
  '/openapi.json',
  '/openapi.yaml',
];

t.test('with tokens everything but the health routes takes one, with PAGES=token the pages too', async (t) => {
  const { app, checker } = await build(t, { config: { ...config, pages: 'token' } });
  const open = ['/livez', '/readyz', '/readyz?verbose'];
  const guarded = ['/check?target=a:2', '/policy', '/instance', ...PAGES];
  for (const url of open) t.equal((await app.inject(url)).statusCode, 200, url);
  t.equal((await app.inject({ method: 'HEAD', url: '/livez' })).statusCode, 200);
  for (const url of [...guarded, '/nothing/here']) {
    const reply = await app.inject(url);
    t.equal(reply.statusCode, 401, url);
    t.equal(reply.headers['www-authenticate'], 'Bearer realm="reachd"');
    t.match(reply.json(), { type: 'urn:reachd:problem:unauthorized', instance: url.split('?')[0] });
  }
  t.equal((await app.inject({ method: 'PUT', url: '/check' })).statusCode, 401, 'before 405');
  t.same(checker.asked, []);
  for (const url of guarded) {
    t.equal((await app.inject({ url, headers: { authorization } })).statusCode, 200, url);
  }
  t.equal((await app.inject({ url: '/nothing/here', headers: { authorization } })).statusCode, 404);
});

t.test('pages are open unless PAGES says otherwise, and tell nothing that takes a token', async (t) => {
  const { app } = await build(t, { config: { ...config, vantage: 'a-secret-place' } });
  for (const url of PAGES) {
    const reply = await app.inject(url);
    t.equal(reply.statusCode, 200, url);
    t.notMatch(reply.body, /a-secret-place|in flight.*3 of/i, url);
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200, `HEAD ${url}`);
  }
  for (const url of ['/instance', '/policy', '/nothing', '/pages/nothing.css', '/pages/']) {
    t.equal((await app.inject(url)).statusCode, 401, url);
  }
  t.equal((await app.inject({ method: 'POST', url: '/' })).statusCode, 401);
});

t.test('with PAGES=off there are none', async (t) => {
  const { app } = await build(t, { config: { pages: 'off' } });
  for (const url of PAGES) t.equal((await app.inject(url)).statusCode, 404, url);
  t.equal((await app.inject('/check?target=a:2')).statusCode, 200);
  const { app: guarded } = await build(t, { config: { ...config, pages: 'off' } });
  for (const url of PAGES) t.equal((await guarded.inject({ url, headers: { authorization } })).statusCode, 404, url);
});

t.test('a token is read as RFC 6750 writes it', async (t) => {
  const { app } = await build(t, { config });
  const rows: readonly (readonly [authorization: string, status: number])[] = [
    [`Bearer ${CI}`, 200],
    [`bearer ${OPS}`, 200],
    [`BEARER   ${OPS}  `, 200],
    [CI, 401],
    [`Bearer${CI}`, 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    [`Bearer ${CI},${OPS}`, 401],
    [`Bearer ${CI} ${OPS}`, 401],
    [`Bearer ${CI}x`, 401],
    [`Bearer ci:${CI}`, 401],
    [`Basic ${Buffer.from(`ci:${CI}`).toString('base64')}`, 401],
    [`Token ${CI}`, 401],
  ];
  for (const [text, status] of rows) {
    const reply = await app.inject({ url: '/policy', headers: { authorization: text } });
    t.equal(reply.statusCode, status, text);
    if (status === 401) t.match(reply.headers['www-authenticate'], /error="invalid_token"/);
  }
  t.equal((await app.inject(`/policy?access_token=${CI}`)).statusCode, 401, 'not in the query, which is logged');
});

t.test('wrong tokens have the same reply, whatever is wrong about them', async (t) => {
  const { app } = await build(t, { config });
  const wrong = [`x${CI.slice(1)}`, `${CI.slice(0, -1)}x`, CI.slice(1), `${CI}${CI}`, 'x', 'x'.repeat(5000)];
  const replies = await Promise.all(
    wrong.map((token) => app.inject({ url: '/policy', headers: { authorization: `Bearer ${token}` } })),
  );
  const seen = replies.map(({ statusCode, body, headers }) =>
    JSON.stringify([statusCode, body, { ...headers, 'x-request-id': '', date: '' }]),
  );
  t.equal(new Set(seen).size, 1);
});

t.test('it is judged before the body is read', async (t) => {
  const built = await build(t, { config });
  const port = await listen(built);
  const head = [
    'POST /check HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    'content-length: 1000000',
    'authorization: Bearer wrong-token-of-nobody',
  ];
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head.join('\r\n')}\r\n\r\n{"targets"`));
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(chunk.toString());
    });
  });
  t.match(answer, /^HTTP\/1\.1 401 /);
});

t.test('no token and no header that carries one is ever logged', async (t) => {
  const log: Log = [];
  const checker = new FakeChecker(createAudit(loggerTo(log), 'all'));
  const { app } = await build(t, { config, checker, log });
  const cookie = 'session=a-secret-cookie';
  await app.inject({ url: '/check?target=a:2', headers: { authorization, cookie } });
  await app.inject({ url: '/check?target=a:2', headers: { authorization: 'Bearer wrong-token-of-nobody', cookie } });
  await app.inject({ method: 'POST', url: '/check', payload: '{', headers: { authorization, cookie } });
  t.ok(log.length >= 4);
  t.notMatch(JSON.stringify(log), /a-token-of|wrong-token|secret-cookie|bearer/i);
});
