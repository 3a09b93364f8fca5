// The whole service as a process: every way out of it ends in time with the right status.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { check, Service } from './support/service.ts';

const SOON_MS = 1000;

t.setTimeout(180_000);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`idle, ${signal} ends it within a second, with status 0`, async (t) => {
    const service = new Service(t, { env: signal === 'SIGINT' ? { DRAIN_DELAY_MS: '60000' } : {} });
    const url = await service.listening();
    // A connection that is kept alive must not keep the process.
    await (await fetch(`${url}/livez`)).text();
    const { code, tookMs, stderr } = await service.end(signal);
    t.equal(code, 0);
    t.equal(stderr, '');
    t.ok(tookMs < SOON_MS, `${tookMs} ms`);
    t.match(service.log.slice(1), [{ msg: 'shutting down', signal }, { msg: 'shut down' }]);
  });
}

t.test('SIGTERM takes away readiness at once and goes on serving for the drain delay', async (t) => {
  const service = new Service(t, { env: { DRAIN_DELAY_MS: '600' } });
  const url = await service.listening();
  const ended = service.end('SIGTERM');
  while (!service.log.some(({ msg }) => msg === 'shutting down')) await sleep(5);
  t.equal((await fetch(`${url}/readyz`)).status, 503);
  t.equal((await fetch(`${url}/livez`)).status, 200);
  const served = await check(url, { targets: [`127.0.0.1:${new URL(url).port}`] });
  t.equal(served.status, 200);
  t.equal(served.headers.get('connection'), 'close');
  t.match(await served.json(), { ok: true });
  const { code, tookMs } = await ended;
  t.equal(code, 0);
  t.ok(tookMs >= 600 && tookMs < 600 + SOON_MS, `${tookMs} ms`);
});

t.test('what is in flight finishes before the end, streamed or not, and keeps nothing waiting', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const service = new Service(t, {});
  const url = await service.listening();
  const body = { targets: [`127.0.0.1:1`, `127.0.0.1:${port}`], count: 4, intervalMs: 100, timeoutMs: 5000 };
  const reply = check(url, body);
  const streamed = check(url, body, 'application/x-ndjson');
  await sleep(150);
  const { code, tookMs } = await service.end('SIGTERM');
  t.equal(code, 0);
  t.ok(tookMs < SOON_MS, `${tookMs} ms`);
  t.match(await (await reply).json(), { results: [{ ok: false }, { ok: true, stats: { sent: 4, open: 4 } }] });
  t.match((await (await streamed).text()).trimEnd().split('\n').at(-1), /^{"summary":{"total":2,"ok":1/);
});

t.test('what outlasts the grace period is cancelled, and its caller is told', async (t) => {
  const service = new Service(t, { env: { SHUTDOWN_GRACE_MS: '100' } });
  const url = await service.listening();
  const targets = [`127.0.0.1:${new URL(url).port}`];
  const reply = check(url, { targets, count: 100, intervalMs: 1000, timeoutMs: 30_000 });
  await sleep(150);
  const { code, tookMs } = await service.end('SIGINT');
  t.equal(code, 0);
  t.ok(tookMs < SOON_MS, `${tookMs} ms`);
  t.equal((await reply).status, 200);
});

t.test('a second signal ends it at once, with the status of that signal', async (t) => {
  for (const [second, status] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const service = new Service(t, { env: { DRAIN_DELAY_MS: '60000' } });
    await service.listening();
    service.child.kill('SIGTERM');
    while (!service.log.some(({ msg }) => msg === 'shutting down')) await sleep(5);
    await sleep(150);
    const { code, tookMs } = await service.end(second);
    t.equal(code, status);
    t.ok(tookMs < SOON_MS, `${tookMs} ms`);
  }
});

t.test('a signal that npm passes on as well is one signal', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const service = new Service(t, { env: { DRAIN_DELAY_MS: '300' } });
    await service.listening();
    service.child.kill(signal);
    await sleep(5);
    t.equal((await service.end(signal)).code, 0, signal);
  }
});

t.test('a signal during the start ends it as soon as it has started', async (t) => {
  // The handler of uncaught errors is the last that is installed, before anything is started.
  const early = `process.on('newListener', (name) => {
    if (name === 'uncaughtException') setImmediate(() => process.kill(process.pid, 'SIGTERM'));
  });`;
  const service = new Service(t, { nodeArgv: [importOf(early)] });
  const { code } = await service.ended;
  t.equal(code, 0);
  t.match(
    service.log.map(({ msg }) => msg),
    ['shutting down', 'reachd is listening', 'shut down'],
  );
});

t.test('every other way out ends within a second, though the worker is blocked in its wait', async (t) => {
  const rows = [
    ['an uncaught exception', `throw new Error('boom')`, 1],
    ['an unhandled rejection', `void Promise.reject(new Error('boom'))`, 1],
    ['process.exit', 'process.exit(7)', 7],
  ] as const;
  for (const [name, source, status] of rows) {
    await t.test(name, async (t) => {
      const fault = importOf(`process.on('SIGUSR2', () => { ${source}; });`);
      const service = new Service(t, { nodeArgv: [fault] });
      await service.listening();
      const { code, tookMs, stderr } = await service.end('SIGUSR2');
      t.equal(code, status);
      t.ok(tookMs < SOON_MS, `${tookMs} ms`);
      t.equal(stderr, '');
      const fatal = service.log.filter(({ level }) => level === 'fatal');
      if (status === 1) t.match(fatal, [{ msg: 'uncaught error', err: { message: 'boom' } }]);
      t.equal(fatal.length, status === 1 ? 1 : 0);
    });
  }
});

/** Node's argument that runs a line of JavaScript before the program. */
function importOf(source: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(source)}`;
}
