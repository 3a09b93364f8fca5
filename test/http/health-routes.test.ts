// Liveness and readiness: this process only, by status alone.
import t from 'tap';
import { build } from '../support/build.ts';

t.test('alive and serving is 200, in one word', async (t) => {
  const { app } = await build(t);
  for (const url of ['/livez', '/readyz']) {
    const reply = await app.inject({ url, headers: { 'user-agent': 'kube-probe/1.34', connection: 'close' } });
    t.equal(reply.statusCode, 200);
    t.same(reply.json(), { status: 'ok' });
  }
});

t.test('a reactor that does not answer yet takes away readiness, a lost one takes away life', async (t) => {
  const { app, reactor } = await build(t);
  reactor.ready = false;
  t.equal((await app.inject('/livez')).statusCode, 200);
  const notReady = await app.inject('/readyz');
  t.equal(notReady.statusCode, 503);
  t.same(notReady.json(), { status: 'unavailable', checks: [{ name: 'reactor', ok: false, detail: 'fake' }] });
  reactor.live = false;
  t.equal((await app.inject('/livez')).statusCode, 503);
});

t.test('draining takes away readiness at once, not life, and asks for new connections', async (t) => {
  const { app, lifecycle } = await build(t);
  lifecycle.enter('draining');
  t.equal((await app.inject('/livez')).statusCode, 200);
  const reply = await app.inject('/readyz');
  t.match(
    { status: reply.statusCode, body: reply.json<unknown>() },
    { status: 503, body: { checks: [{ detail: 'draining' }] } },
  );
  const check = await app.inject('/check?target=a:2');
  t.match({ status: check.statusCode, headers: check.headers }, { status: 200, headers: { connection: 'close' } });
});

t.test('verbose lists every condition, however it is written', async (t) => {
  const { app } = await build(t);
  for (const query of ['verbose', 'verbose=', 'verbose=1', 'verbose&verbose', 'verbose&other=1']) {
    const reply = await app.inject(`/readyz?${query}`);
    t.equal(reply.statusCode, 200, query);
    t.match(reply.json(), { status: 'ok', checks: [{ name: 'reactor' }, { name: 'lifecycle' }] });
  }
});

t.test('they are not logged, and every other request is, once', async (t) => {
  const { app, log } = await build(t);
  await app.inject('/livez');
  await app.inject('/readyz?verbose');
  t.same(log, []);
  await app.inject({ url: '/check?target=a:1', headers: { 'x-request-id': 'caller-7' } });
  t.match(log, [
    { msg: 'request', reqId: 'caller-7', method: 'GET', url: '/check?target=a:1', status: 503, durationMs: Number },
  ]);
  t.equal(log.length, 1);
});

t.test('a request id that is not a plain word is replaced', async (t) => {
  const { app } = await build(t);
  const ask = async (id: string) =>
    (await app.inject({ url: '/livez', headers: { 'x-request-id': id } })).headers['x-request-id'];
  t.equal(await ask('a-b.c:1_2'), 'a-b.c:1_2');
  for (const id of ['', 'a b', 'x'.repeat(129), '{"a":1}']) t.match(await ask(id), /^[0-9a-f-]{36}$/);
});
