// The reactor's worker as it is lost, and as it is stuck, on the live service under load.
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import { builtScript } from '../support/built-service.ts';
import { Fault, faultTest } from '../support/faults.ts';
import { ask, askCheck } from '../support/http-client.ts';
import { assertBackIn, descriptorsOf, reactorSockets, reactorThread } from '../support/process-witness.ts';
import { closedPort, openPort, silentPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

t.setTimeout(300_000);

const script = builtScript();
const SOON_MS = 1000;

async function settled(t: Test): Promise<{ service: Service; url: string; pid: number; thread: number }> {
  const service = new Service(t, { script });
  const url = await service.listening();
  const pid = service.child.pid ?? 0;
  await askCheck(url, { targets: [`127.0.0.1:${openPort(t).port}`] });
  // Idle sockets are closed a second after the last work.
  await sleep(1500);
  return { service, url, pid, thread: await reactorThread(pid) };
}

async function status(url: string, route: 'livez' | 'readyz'): Promise<number> {
  return (await ask(`${url}/${route}`)).status;
}

async function untilStatus(url: string, route: 'livez' | 'readyz', wanted: number, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  while ((await status(url, route)) !== wanted && performance.now() - startedAt < withinMs) await sleep(10);
  return performance.now() - startedAt;
}

faultTest(
  'a worker that is lost under load: one result for each target, and ready again within a second',
  async (t) => {
    const { service, url, pid, thread } = await settled(t);
    const baseline = descriptorsOf(pid);
    const ports = [silentPort(t).port, openPort(t).port, closedPort(t).port];
    const targets = Array.from({ length: 300 }, (_, i) => `127.0.0.1:${ports[i % 3] ?? 0}`);
    const asked = Array.from({ length: 10 }, () => ask(`${url}/check`, { targets, timeoutMs: 20_000 }));
    while (reactorSockets(pid) < 1000) await sleep(10);
    // A wait that fails a hundred times in a row makes the loop throw.
    const fault = await Fault.begin(t, { thread, inject: { epoll_wait: 'error=EBADF' } });
    void askCheck(url, { targets: [`127.0.0.1:${ports[1] ?? 0}`] }).catch(() => undefined);
    while (!service.log.some(({ level }) => level === 'warn')) await sleep(5);
    const tookMs = await untilStatus(url, 'readyz', 200, 10_000);
    t.ok((await fault.end()) > 100, 'the wait failed');
    t.ok(tookMs < SOON_MS, `ready again after ${tookMs.toFixed(0)} ms`);
    for (const { status, text } of await Promise.all(asked)) {
      const { results, summary } = JSON.parse(text) as CheckReply;
      t.equal(status, 200);
      t.same(
        results.map(({ target }) => target),
        targets,
        'one result for each target, in order',
      );
      t.match(summary.outcomes, { open: 100, refused: 100, failed: 100 });
      const lost = results.filter(({ outcome }) => outcome === 'failed');
      t.same(
        [...new Set(lost.map(({ cause }) => `${cause?.layer ?? ''} ${cause?.code ?? ''}`))],
        ['local worker-lost'],
      );
    }
    const after = await askCheck(url, { targets: targets.slice(1, 3) });
    t.same(after.summary.outcomes, { open: 1, refused: 1 });
    t.equal(await status(url, 'livez'), 200);
    await assertBackIn(t, pid, baseline);
  },
);

/** Each makes the present worker end, and every later one before it is ready. */
const NO_START = [
  ['its first wait fails', { epoll_wait: 'error=EBADF' }],
  ['it has no descriptor for its wake', { epoll_wait: 'error=EBADF:when=2+', eventfd2: 'error=EMFILE:when=3+' }],
] as const;
for (const [name, inject] of NO_START) {
  faultTest(`a worker that never starts again (${name}) is given up, and nothing of it is left`, async (t) => {
    const { service, url, pid } = await settled(t);
    const before = descriptorsOf(pid);
    const target = `127.0.0.1:${openPort(t).port}`;
    const fault = await Fault.begin(t, { thread: pid, everyThread: true, inject });
    const { results } = await askCheck(url, { targets: [target], timeoutMs: 5000 });
    t.match(results, [{ outcome: 'failed', cause: { layer: 'local', code: 'worker-lost' } }]);
    t.equal(await status(url, 'readyz'), 503);
    t.equal(await status(url, 'livez'), 200, 'while there are restarts left');
    const tookMs = await untilStatus(url, 'livez', 503, 30_000);
    await fault.end();
    t.equal(await status(url, 'livez'), 503, `given up after ${tookMs.toFixed(0)} ms`);
    t.equal(await status(url, 'readyz'), 503);
    const after = await askCheck(url, { targets: [target, target] });
    t.match(after.results, [{ outcome: 'failed' }, { outcome: 'failed' }], 'never the target’s fault');
    await sleep(200);
    const left = descriptorsOf(pid);
    for (const [kind, count] of Object.entries(before)) {
      const isReactors = kind === 'anon_inode:[eventpoll]' || kind === 'anon_inode:[eventfd]';
      const most = isReactors ? count - 1 : count;
      t.ok((left[kind] ?? 0) <= most, `${kind}: ${left[kind] ?? 0} of ${count} are open`);
    }
    const { code, tookMs: endMs } = await service.end('SIGTERM');
    t.equal(code, 0, 'and it can end');
    t.ok(endMs < SOON_MS, `${endMs.toFixed(0)} ms`);
  });
}

faultTest('waits that are interrupted for ever do not look like silence', async (t) => {
  const { url, thread } = await settled(t);
  const targets = [`127.0.0.1:${openPort(t).port}`];
  const fault = await Fault.begin(t, { thread, inject: { epoll_wait: 'error=EINTR' } });
  const { results } = await askCheck(url, { targets, timeoutMs: 500 });
  await fault.end();
  t.ok(['open', 'failed'].includes(results[0]?.outcome ?? ''), JSON.stringify(results[0]));
  t.ok((await untilStatus(url, 'readyz', 200, 10_000)) < 10_000);
});

faultTest('a wake that fails now and then is made again', async (t) => {
  const { url, pid } = await settled(t);
  const targets = [`127.0.0.1:${openPort(t).port}`];
  for (const error of ['EAGAIN', 'EINTR']) {
    const fault = await Fault.begin(t, {
      thread: pid,
      inject: { write: `error=${error}:when=1+2` },
      path: 'anon_inode:[eventfd]',
    });
    for (let i = 0; i < 20; i++) t.same((await askCheck(url, { targets })).summary.outcomes, { open: 1 });
    t.ok((await fault.end()) > 5, `${error}: wakes failed`);
  }
  const fault = await Fault.begin(t, {
    thread: pid,
    inject: { write: 'error=EAGAIN' },
    path: 'anon_inode:[eventfd]',
  });
  const late = askCheck(url, { targets, timeoutMs: 10_000 });
  await sleep(300);
  t.ok((await fault.end()) > 50, 'for a while every wake fails');
  t.same((await late).summary.outcomes, { open: 1 }, 'the first that does not fail has its answer');
});

faultTest('a worker that is stuck is not ready after two seconds, not alive after ten, and recovers', async (t) => {
  const { url, thread } = await settled(t);
  const fault = await Fault.begin(t, { thread, inject: { epoll_wait: 'delay_enter=60s' } });
  const stuckAt = performance.now();
  const since = (): string => `${(performance.now() - stuckAt).toFixed(0)} ms`;
  t.equal(await status(url, 'readyz'), 200, 'the first question has no answer yet');
  await untilStatus(url, 'readyz', 503, 6000);
  const unreadyMs = performance.now() - stuckAt;
  t.ok(unreadyMs > 1500 && unreadyMs < 5000, `not ready after ${since()}`);
  t.equal(await status(url, 'livez'), 200);
  await untilStatus(url, 'livez', 503, 15_000);
  const deadMs = performance.now() - stuckAt;
  t.ok(deadMs > 9000 && deadMs < 14_000, `not alive after ${since()}`);
  const asked = await ask(`${url}/livez`);
  t.ok(asked.tookMs < 1000, 'and says so at once');
  await fault.end();
  t.ok((await untilStatus(url, 'livez', 200, 10_000)) < 10_000);
  t.equal(await status(url, 'readyz'), 200);
});
