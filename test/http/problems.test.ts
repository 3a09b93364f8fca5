// Whatever goes wrong, the answer is application/problem+json with a code of the table, and nothing internal in it.
import { connect } from 'node:net';
import t from 'tap';
import { problemOf } from '../../src/http/problems.ts';
import { build, listen } from '../support/build.ts';

t.test('paths and methods', async (t) => {
  const { app } = await build(t);
  const xml = { 'content-type': 'text/xml' };
  const rows = [
    ['GET', '/nope', 404, 'not-found', undefined],
    ['POST', '/nope', 404, 'not-found', undefined],
    ['GET', '/check/', 404, 'not-found', undefined],
    ['GET', '/docs/static/nope.js', 404, 'not-found', undefined],
    ['PUT', '/check', 405, 'method-not-allowed', 'GET, HEAD, POST'],
    ['DELETE', '/check?target=a:1', 405, 'method-not-allowed', 'GET, HEAD, POST'],
    ['OPTIONS', '/check', 405, 'method-not-allowed', 'GET, HEAD, POST'],
    ['POST', '/livez', 405, 'method-not-allowed', 'GET, HEAD'],
    ['POST', '/openapi.json', 405, 'method-not-allowed', 'GET, HEAD'],
    ['GET', '/%zz', 400, 'invalid-request', undefined],
  ] as const;
  for (const [method, url, status, code, allow] of rows) {
    await t.test(`${method} ${url}`, async (t) => {
      const reply = await app.inject({ method, url, ...(method === 'PUT' && { payload: '<a/>', headers: xml }) });
      t.equal(reply.statusCode, status);
      t.equal(reply.headers.allow, allow);
      t.match(reply.headers['content-type'], /^application\/problem\+json/);
      t.match(reply.json(), { type: `urn:reachd:problem:${code}`, status, instance: url.split('?')[0] });
    });
  }
});

t.test('Accept that allows none of the forms is 406, before anything is checked', async (t) => {
  const { app, checker } = await build(t);
  const payload = { targets: ['a:1'] };
  const post = await app.inject({ method: 'POST', url: '/check', payload, headers: { accept: 'text/html' } });
  t.match(post.json(), { type: 'urn:reachd:problem:not-acceptable', status: 406 });
  const get = await app.inject({ url: '/check?target=a:1', headers: { accept: 'application/x-ndjson' } });
  t.match(get.json(), { type: 'urn:reachd:problem:not-acceptable', status: 406 });
  t.same(checker.asked, []);
});

t.test('our own mistake is a 500 that says nothing of its cause, and is logged once with all of it', async (t) => {
  const checker = { check: () => Promise.reject(new Error('secret at /home/someone/reachd')) };
  const { app, log } = await build(t, { checker });
  const reply = await app.inject('/check?target=a:1');
  t.equal(reply.statusCode, 500);
  t.match(reply.json(), { type: 'urn:reachd:problem:internal', status: 500 });
  t.notMatch(reply.body, /secret|home|\.ts|at /);
  const errors = log.filter((line) => line['msg'] === 'request failed');
  t.match(errors, [{ reqId: reply.headers['x-request-id'], err: { message: /secret/, stack: /Error/ } }]);
  t.equal(errors.length, 1);
});

t.test('a caller’s mistake is not logged as an error', async (t) => {
  const { app, log } = await build(t);
  await app.inject({ method: 'POST', url: '/check', payload: { targets: [] } });
  t.match(log, [{ msg: 'request', status: 400, level: 30 }]);
  t.equal(log.length, 1);
});

t.test('a thrown value that is no Error, and a status that is no caller’s, are internal', async (t) => {
  for (const thrown of [undefined, null, 'text', 7, {}, { statusCode: 302 }, { statusCode: 502 }]) {
    t.equal(problemOf(thrown).code, 'internal', JSON.stringify(thrown));
  }
  return Promise.resolve();
});

t.test('what is not HTTP is answered all the same', async (t) => {
  const port = await listen(await build(t));
  const rows = [
    ['nonsense\r\n\r\n', /^HTTP\/1\.1 400 /, 'invalid-request'],
    ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /, null],
    [
      `GET /livez HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
      'header-too-large',
    ],
    ['POST /check HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n', /^HTTP\/1\.1 400 /, 'invalid-request'],
  ] as const;
  for (const [request, status, code] of rows) {
    const answer = await exchange(port, request);
    t.match(answer, status, request.slice(0, 30));
    if (code !== null) t.match(answer, `urn:reachd:problem:${code}`);
    t.notMatch(answer, /at .*\.[jt]s/);
  }
  t.match(
    await exchange(port, 'GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1\.1 200 /,
  );
});

t.test('while closing, a request is turned away and the connection with it', async (t) => {
  const { app, lifecycle, checker } = await build(t);
  lifecycle.enter('closing');
  const reply = await app.inject('/check?target=a:1');
  t.match(reply.json(), { type: 'urn:reachd:problem:shutting-down', status: 503 });
  t.match(reply.headers, { 'retry-after': '1', connection: 'close' });
  t.same(checker.asked, []);
});

/** Sends bytes and gives what comes back until the server closes. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(2000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
