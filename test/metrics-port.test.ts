// METRICS_PORT on the live service: one page, for everybody, on a port of its own.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { freePort } from './support/debian-program.ts';
import { readExposition } from './support/exposition.ts';
import { silentPort } from './support/raw-sockets.ts';
import { Service } from './support/service.ts';

t.setTimeout(180_000);

const TOKEN = 'a-token-for-scrapes';
const authorization = `Bearer ${TOKEN}`;

async function start(t: Parameters<typeof silentPort>[0], env: Record<string, string> = {}) {
  const port = await freePort();
  const service = new Service(t, { env: { METRICS_PORT: String(port), API_TOKENS: `prometheus:${TOKEN}`, ...env } });
  const url = await service.listening();
  return { service, url, metrics: `http://127.0.0.1:${port}` };
}

t.test('it serves /metrics without a token, and nothing else', async (t) => {
  const { service, url, metrics } = await start(t);
  t.match(service.log, [{ listening: [url], metrics: [metrics] }], 'the start says where');
  t.equal((await fetch(`${url}/metrics`)).status, 401);
  t.equal((await fetch(`${url}/metrics`, { headers: { authorization } })).status, 200);
  const reply = await fetch(`${metrics}/metrics`);
  t.equal(reply.status, 200);
  const page = readExposition(await reply.text());
  t.equal(page.value('reachd_http_requests_total', { route: '/metrics', code: '200' }), 1, 'that of the other port');
  for (const path of ['/', '/check?target=127.0.0.1:1', '/probe?target=127.0.0.1:1', '/policy', '/livez', '/docs']) {
    t.equal((await fetch(`${metrics}${path}`, { headers: { authorization } })).status, 404, path);
  }
  t.equal((await fetch(`${metrics}/metrics`, { method: 'POST', body: 'x' })).status, 405);
});

t.test('strangers that hold all its connections keep neither a scrape nor the other port waiting', async (t) => {
  const { url, metrics } = await start(t);
  const port = Number(new URL(metrics).port);
  for (let i = 0; i < 100; i++) {
    const stranger = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
    t.teardown(() => stranger.destroy());
    await once(stranger, 'connect');
  }
  t.equal((await fetch(`${metrics}/metrics`)).status, 200);
  t.equal((await fetch(`${url}/readyz`)).status, 200);
});

t.test('it serves until the last request of the other port has its reply, and then ends with it', async (t) => {
  const { service, url, metrics } = await start(t);
  const silent = silentPort(t).port;
  const body = JSON.stringify({ targets: [`127.0.0.1:${silent}`], timeoutMs: 3000 });
  const headers = { authorization, 'content-type': 'application/json' };
  const asked = fetch(`${url}/check`, { method: 'POST', body, headers });
  const inFlight = async (): Promise<number | undefined> =>
    readExposition(await (await fetch(`${metrics}/metrics`)).text()).value('reachd_attempts_in_flight');
  while ((await inFlight()) !== 1) await sleep(10);
  service.child.kill('SIGTERM');
  while (!service.log.some(({ msg }) => msg === 'shutting down')) await sleep(5);
  t.equal(await inFlight(), 1, 'a scrape sees the last check under way');
  t.equal((await asked).status, 200);
  t.equal((await service.ended).code, 0);
  await t.rejects(fetch(`${metrics}/metrics`));
});

t.test('a port that cannot be had ends the start, with the name of the setting', async (t) => {
  const { metrics } = await start(t);
  const { port } = new URL(metrics);
  const taken = await new Service(t, { env: { METRICS_PORT: port } }).ended;
  t.match(taken, {
    code: 1,
    stderr: `reachd: cannot listen on 127.0.0.1:${port}: another process is listening there; choose another METRICS_PORT\n`,
  });
  const same = await new Service(t, { env: { METRICS_PORT: port, PORT: port } }).ended;
  t.match(same, {
    code: 2,
    stderr: `reachd: METRICS_PORT=${port} is not valid: it is PORT, which serves /metrics already\n`,
  });
});
