// The headers of replies: of every reply, and of pages. How a JSON reply ends.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { build, listen } from '../support/build.ts';

t.test('every reply is kept by nobody, run by nobody and framed by nobody', async (t) => {
  const { app } = await build(t, { config: { maxTargets: 1 } });
  const replies = [
    await app.inject('/check?target=a:2'),
    await app.inject({ method: 'POST', url: '/check', payload: { targets: ['a:2'] } }),
    await app.inject({
      method: 'POST',
      url: '/check',
      payload: { targets: ['a:2'] },
      headers: { accept: 'application/x-ndjson' },
    }),
    await app.inject('/check'),
    await app.inject('/livez'),
    await app.inject('/policy'),
    await app.inject('/openapi.json'),
    await app.inject('/openapi.yaml'),
    await app.inject('/nothing'),
    await app.inject('/%zz'),
    await app.inject({ method: 'PUT', url: '/check' }),
    await app.inject({ url: '/livez', headers: { host: 'evil.example' } }),
  ];
  for (const { headers, statusCode } of replies) {
    t.match(
      headers,
      {
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-request-id': /./,
      },
      String(statusCode),
    );
    t.notHas(headers, { 'x-powered-by': String });
    t.notHas(headers, { server: String });
  }
});

t.test('a page may load what reachd serves, and nothing else', async (t) => {
  const { app } = await build(t);
  for (const url of ['/docs', '/docs/', '/docs/static/swagger-initializer.js', '/docs/json']) {
    const { headers } = await app.inject(url);
    const policy = String(headers['content-security-policy']);
    t.match(policy, "default-src 'self'");
    t.match(policy, "frame-ancestors 'none'");
    t.notMatch(policy, /https?:|upgrade-insecure-requests|unsafe-eval|script-src [^;]*unsafe/);
    t.equal(headers['cache-control'], 'no-store', url);
    t.match(headers, {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    t.notHas(headers, { 'strict-transport-security': String });
  }
});

t.test('the static files of pages may be kept, and are asked for again', async (t) => {
  const { app } = await build(t);
  const first = await app.inject('/docs/static/swagger-ui.css');
  t.equal(first.statusCode, 200);
  t.equal(first.headers['cache-control'], 'public, max-age=0');
  const again = await app.inject({
    url: '/docs/static/swagger-ui.css',
    headers: { 'if-none-match': String(first.headers.etag) },
  });
  t.equal(again.statusCode, 304);
});

t.test('the status page may run the scripts that reachd serves, ask reachd, and do nothing else', async (t) => {
  const { app } = await build(t);
  const { headers, statusCode } = await app.inject('/');
  t.equal(statusCode, 200);
  const policy = String(headers['content-security-policy']);
  t.match(policy, /^default-src 'none';/);
  t.notMatch(policy, /unsafe|https?:|data:|\*/);
  t.match(headers, { 'x-frame-options': 'DENY', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
});

t.test('a reply in JSON is one line with its newline, and as long as it says, a problem included', async (t) => {
  const { app } = await build(t, { config: { maxTargets: 1 } });
  const unicode = { targets: [{ host: 'a', port: 2, name: 'Ω' }] };
  const replies = [
    await app.inject('/check?target=a:2'),
    await app.inject('/check?target=a:1'),
    await app.inject({ method: 'POST', url: '/check', payload: unicode }),
    await app.inject('/livez'),
    await app.inject('/policy'),
    await app.inject('/openapi.json'),
    await app.inject('/check'),
    await app.inject('/nothing'),
    await app.inject('/%zz'),
    await app.inject({ method: 'PUT', url: '/check' }),
    await app.inject({ method: 'POST', url: '/check', payload: '{', headers: { 'content-type': 'application/json' } }),
  ];
  for (const { body, headers, statusCode, json } of replies) {
    t.match(body, /^[^\n]+\n$/, String(statusCode));
    t.equal(headers['content-length'], String(Buffer.byteLength(body)));
    t.doesNotThrow(json);
  }
});

t.test('so is the answer to what is not HTTP', async (t) => {
  const port = await listen(await build(t));
  const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
  t.teardown(() => socket.destroy());
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  t.match(body, /^[^\n]+\n$/);
  t.equal(/^content-length: (\d+)$/m.exec(head)?.[1], String(Buffer.byteLength(body)));
});
