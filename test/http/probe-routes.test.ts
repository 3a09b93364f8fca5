// GET /probe as Prometheus asks it: what it asks of the checker, and its mistakes in plain text.
import t from 'tap';
import { build } from '../support/build.ts';
import { readExposition } from '../support/exposition.ts';

const TARGET = 'target=127.0.0.1:80';

t.test('one check, whose page is 200 whatever it found', async (t) => {
  const { app, checker } = await build(t);
  for (const [port, success] of [
    [80, 1],
    [1, 0],
  ] as const) {
    const reply = await app.inject(`/probe?target=127.0.0.1:${port}`);
    t.equal(reply.statusCode, 200);
    t.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    t.equal(readExposition(reply.body).value('probe_success'), success);
    t.match(checker.asked.at(-1), [
      { target: { text: `127.0.0.1:${port}` }, options: { family: 'any', timeoutMs: 3000 } },
    ]);
    t.equal(checker.asked.at(-1)?.length, 1);
  }
});

t.test('the module is a set of options, and the scrape’s timeout a bound', async (t) => {
  const { app, checker } = await build(t);
  const headers = { 'x-prometheus-scrape-timeout-seconds': '1.5' };
  const reply = await app.inject({ url: `/probe?target=localhost:80&module=tcp_connect_v6`, headers });
  t.equal(readExposition(reply.body).value('probe_timeout_seconds'), 1);
  t.match(checker.asked, [[{ options: { family: 'ipv6', timeoutMs: 1000 } }]]);
  t.match(checker.inquiries, [{ deadlineMs: 1250, asker: { principal: null, from: '127.0.0.1' } }]);
});

t.test('debug=true adds the result in comments; without it there is none', async (t) => {
  const { app } = await build(t);
  t.match((await app.inject(`/probe?${TARGET}&debug=true`)).body, /^# {\n# {3}"ok": true,\n/m);
  for (const query of ['', '&debug=false']) t.notMatch((await app.inject(`/probe?${TARGET}${query}`)).body, /"ok"/);
});

t.test('a mistake is 400 in plain text, a line for each, and nothing is asked', async (t) => {
  const { app, checker } = await build(t);
  const rows = [
    ['', 'target: is required: "host:port"\n'],
    ['?module=tcp_connect', 'target: is required: "host:port"\n'],
    ['?target=', 'target: takes "host:port"\n'],
    ['?target=db', 'target: port is missing: write host:port\n'],
    ['?target=a:1&target=b:1', 'target: takes "host:port"\n'],
    [`?${TARGET}&module=none`, 'module: takes one of tcp_connect, tcp_connect_v4, tcp_connect_v6, tcp_tls\n'],
    ['?target=[::1]:80&module=tcp_connect_v4', 'target: takes an IPv4 address or a name: family is ipv4\n'],
    [`?${TARGET}&debug=1`, 'debug: takes one of true, false\n'],
    [`?${TARGET}&hostname=a&timeoutMs=5`, 'hostname: is not a known field\ntimeoutMs: is not a known field\n'],
  ] as const;
  for (const [query, text] of rows) {
    const { statusCode, headers, body } = await app.inject(`/probe${query}`);
    t.same([statusCode, headers['content-type'], body], [400, 'text/plain; charset=utf-8', text], query);
  }
  const headers = { 'x-prometheus-scrape-timeout-seconds': '10s' };
  const reply = await app.inject({ url: `/probe?${TARGET}`, headers });
  t.match(reply, {
    statusCode: 400,
    body: /^x-prometheus-scrape-timeout-seconds: takes a number of seconds above 0\n$/,
  });
  t.same(checker.asked, []);
});

t.test('it takes the token and the limits of its caller, like any other check', async (t) => {
  const config = { apiTokens: ['prometheus:a-token-for-scrapes'], rateTargetsPerSecond: 1, rateBurst: 1 };
  const { app, checker } = await build(t, { config });
  const ask = (headers: Record<string, string>) => app.inject({ url: `/probe?${TARGET}`, headers });
  t.match(await ask({}), { statusCode: 401, headers: { 'content-type': /problem/ } });
  const authorization = 'Bearer a-token-for-scrapes';
  t.equal((await ask({ authorization })).statusCode, 200);
  t.match(checker.inquiries, [{ asker: { principal: 'prometheus' } }]);
  t.match(await ask({ authorization }), { statusCode: 429, headers: { 'retry-after': '1' } });
  t.equal(checker.asked.length, 1);
});

t.test('no page of another site may lead a browser to it', async (t) => {
  const { app, checker } = await build(t);
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  t.equal((await app.inject({ url: `/probe?${TARGET}`, headers })).statusCode, 403);
  t.same(checker.asked, []);
});
