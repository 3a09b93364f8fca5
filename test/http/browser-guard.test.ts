// While reachd trusts this host's own callers, pages from elsewhere must not speak through the browser on it.
import t from 'tap';
import { build } from '../support/build.ts';

const OURS = ['localhost', 'LocalHost:8080', '127.0.0.1', '127.0.0.1:1', '127.8.7.6:65535', '[::1]', '[::1]:8080', ''];
const OTHERS = [
  'evil.example',
  'evil.example:8080',
  'localhost.evil.example',
  'evil.localhost',
  'localhost.',
  '127.0.0.1.evil.example',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '0.0.0.0:8080',
  '[::]',
  '[::ffff:127.0.0.1]',
  '::1',
  '10.0.0.1',
  'localhost:',
  'localhost:port',
  'user@localhost',
  'localhost, evil.example',
];

t.test('on loopback only the names of this host are answered to', async (t) => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) {
    const { app, checker } = await build(t, { config: { host } });
    const ask = (header: string) => app.inject({ url: '/check?target=a:2', headers: { host: header } });
    for (const header of OURS) t.equal((await ask(header)).statusCode, 200, `${host}: ${header}`);
    const asked = checker.asked.length;
    for (const header of OTHERS) {
      const reply = await ask(header);
      t.equal(reply.statusCode, 421, `${host}: ${header}`);
      t.match(reply.json(), { type: 'urn:reachd:problem:misdirected', title: 'The request is for another host' });
    }
    t.equal(checker.asked.length, asked);
  }
});

t.test('a wrong name is refused however often it comes, after a right one too', async (t) => {
  const { app } = await build(t);
  const ask = async (host: string) => (await app.inject({ url: '/policy', headers: { host } })).statusCode;
  for (const [host, status] of [
    ['evil.example', 421],
    ['evil.example', 421],
    ['localhost', 200],
    ['localhost', 200],
    ['evil.example', 421],
    ['evil.example', 421],
  ] as const) {
    t.equal(await ask(host), status, host);
  }
});

t.test('elsewhere reachd is known by whatever name', async (t) => {
  const { app } = await build(t, { config: { host: '0.0.0.0', auth: 'none' } });
  for (const host of ['reachd.platform.svc:8080', '10.0.0.7:8080', 'localhost']) {
    t.equal((await app.inject({ url: '/policy', headers: { host } })).statusCode, 200, host);
  }
});

t.test('a request that a page of another origin makes is refused, on loopback', async (t) => {
  const { app, checker } = await build(t);
  const ask = async (url: string, site: string, mode: string, dest: string): Promise<number> => {
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest };
    return (await app.inject({ url, headers })).statusCode;
  };
  const check = '/check?target=a:2';
  for (const site of ['cross-site', 'same-site', 'a word of next year']) {
    for (const mode of ['no-cors', 'cors', 'websocket']) {
      t.equal(await ask(check, site, mode, 'empty'), 403, `${site} ${mode}`);
      t.equal(await ask('/policy', site, mode, 'empty'), 403, `${site} ${mode}`);
    }
    for (const dest of ['document', 'iframe', 'frame', 'object', 'embed']) {
      t.equal(await ask(check, site, 'navigate', dest), 403, `${site} ${dest}`);
    }
    t.equal(await ask('/policy', site, 'navigate', 'iframe'), 403, 'a frame is no link');
    t.equal(await ask('/policy', site, 'navigate', 'document'), 200, 'somebody followed a link');
    t.equal(await ask('/docs', site, 'navigate', 'document'), 200);
  }
  t.equal(checker.asked.length, 0, 'no check ran');
  t.equal(await ask(check, 'same-origin', 'cors', 'empty'), 200, 'Swagger UI');
  t.equal(await ask(check, 'none', 'navigate', 'document'), 200, 'typed, or a bookmark');
});

t.test('a browser without Fetch Metadata is known by the page that it names', async (t) => {
  const { app } = await build(t);
  const post = async (origin: string) => {
    const headers = { host: 'localhost:8080', origin, 'content-type': 'text/plain' };
    return (await app.inject({ method: 'POST', url: '/check', headers, payload: 'a:2' })).statusCode;
  };
  t.same(
    [
      await post('http://localhost:8080'),
      await post('http://evil.example'),
      await post('http://localhost:1'),
      await post('null'),
    ],
    [200, 403, 403, 403],
  );
});

t.test('no reply allows a page of another origin to read it', async (t) => {
  const { app } = await build(t);
  const origin = 'https://evil.example';
  const preflight = { origin, 'access-control-request-method': 'POST' };
  const replies = [
    await app.inject({ url: '/policy', headers: { origin } }),
    await app.inject({ method: 'OPTIONS', url: '/check', headers: preflight }),
  ];
  for (const { headers } of replies) {
    t.same(
      Object.keys(headers).filter((name) => name.startsWith('access-control-')),
      [],
    );
  }
  t.equal(replies[1]?.statusCode, 405);
});
