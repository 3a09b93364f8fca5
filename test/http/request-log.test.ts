// The line of a request says who asked, from where, and what the checks came to.
import t from 'tap';
import { build, listen } from '../support/build.ts';

const TOKEN = 'a-token-of-the-ci';

t.test('the line of a failed probe says what failed; one without a token has only its address', async (t) => {
  const { app, log } = await build(t);
  await app.inject({ url: '/check?target=a.test:1', remoteAddress: '10.9.8.7' });
  t.match(log, [
    {
      caller: null,
      from: '10.9.8.7',
      status: 503,
      targets: 1,
      ok: 0,
      notOk: 1,
      target: 'a.test:1',
      outcome: 'refused',
      cause: null,
    },
  ]);
  t.equal(log.length, 1);
});

t.test('the line of a scrape says what its one check came to', async (t) => {
  const { app, log } = await build(t);
  await app.inject('/probe?target=127.0.0.1:1');
  t.match(log, [{ targets: 1, ok: 0, notOk: 1, target: '127.0.0.1:1', outcome: 'refused', status: 200 }]);
});

t.test('the line of a request with several targets has their counts', async (t) => {
  const { app, log } = await build(t, { config: { apiTokens: [`ci:${TOKEN}`] } });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const targets = ['a.test:1', 'a.test:2', 'a.test:3'];
  await app.inject({ method: 'POST', url: '/check', headers, payload: { targets } });
  t.match(log, [{ caller: 'ci', targets: 3, ok: 2, notOk: 1, status: 200 }]);
  t.notOk('outcome' in (log[0] ?? {}));
});

t.test('a stream counts what its lines came to', async (t) => {
  const built = await build(t);
  const port = await listen(built);
  const headers = { 'content-type': 'text/plain' };
  const reply = await fetch(`http://127.0.0.1:${port}/check`, {
    method: 'POST',
    headers,
    body: 'a.test:1\na.test:2\n',
  });
  await reply.text();
  for (let i = 0; i < 1000 && built.log.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(built.log, [{ from: '127.0.0.1', targets: 2, ok: 1, notOk: 1 }]);
});

t.test('a request that is refused has its address, and no counts', async (t) => {
  const { app, log } = await build(t, { config: { apiTokens: [`ci:${TOKEN}`] } });
  await app.inject({ url: '/check?target=a.test:1', remoteAddress: '10.9.8.7' });
  t.match(log, [{ caller: null, from: '10.9.8.7', status: 401 }]);
  t.notOk('targets' in (log[0] ?? {}));
});
