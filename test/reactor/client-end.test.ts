// How a client and its worker end, each on purpose or not: whatever happens, every attempt has one result.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { ReactorClient } from '../../src/reactor/client.ts';
import { WorkerThread } from '../../src/reactor/worker-thread.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';
import { openPort, silentPort } from '../support/raw-sockets.ts';
import { attempt, killWorker, startClient, until } from '../support/reactor-client.ts';

// Workers start through the test runner's loader, which takes its time.
t.setTimeout(120_000);

const isReady = (client: ReactorClient) => (): boolean => client.health().ready;

t.test('close() lets what is in flight end within its grace', async (t) => {
  const [silent, open] = [silentPort(t), openPort(t)];
  const baseline = openDescriptors();
  const client = await startClient(t);
  const ending = [attempt(client, silent, { timeoutMs: 200 }), attempt(client, open)];
  const started = performance.now();
  await client.close(5000);
  t.ok(performance.now() - started < 1500, 'and waits no longer than that takes');
  t.match(await Promise.all(ending), [{ ending: 'expired' }, { ending: 'established' }]);
  t.match(await attempt(client, open), { ending: 'lost' }, 'afterwards nothing is attempted');
  await assertBack(t, baseline);
});

t.test('close() cancels what outlasts its grace', async (t) => {
  const silent = silentPort(t);
  const baseline = openDescriptors();
  const client = await startClient(t);
  const left = Array.from({ length: 100 }, () => attempt(client, silent, { timeoutMs: 10_000 }));
  const started = performance.now();
  const closed = client.close(100);
  t.match(await attempt(client, silent), { ending: 'cancelled' }, 'while it closes, nothing new starts');
  await closed;
  t.ok(performance.now() - started < 1000);
  for (const result of await Promise.all(left)) t.match(result, { ending: 'cancelled' });
  t.equal(client.outstanding, 0);
  await assertBack(t, baseline);
  await client.close(100);
});

t.test('destroy() settles everything at once', async (t) => {
  const silent = silentPort(t);
  const baseline = openDescriptors();
  const client = await startClient(t);
  const left = Array.from({ length: 100 }, () => attempt(client, silent, { timeoutMs: 10_000 }));
  t.ok(await until(() => client.inFlight === 64));
  client.destroy();
  t.equal(client.outstanding, 100, 'not within the call: as the process exits nobody is told any more');
  await Promise.resolve();
  t.equal(client.outstanding, 0);
  for (const result of await Promise.all(left)) t.match(result, { ending: 'cancelled' });
  client.destroy();
  t.match(client.health(), { ready: false });
  await assertBack(t, baseline, 1000);
});

t.test('a lost worker’s attempts are lost, its descriptors are closed, and another follows', async (t) => {
  const warnings: string[] = [];
  const client = await startClient(t, { warn: (message) => warnings.push(message) });
  const silent = silentPort(t);
  const open = openPort(t);
  const baseline = openDescriptors();
  const left = Array.from({ length: 200 }, () => attempt(client, silent, { timeoutMs: 20_000 }));
  t.ok(await until(() => client.inFlight === 64));
  const last = killWorker(client, open);
  for (const result of await Promise.all([...left, last])) t.match(result, { ending: 'lost', latencyMs: null });
  t.equal(client.outstanding, 0);
  t.match(client.health(), { live: true, ready: false }, 'alive, and not ready');
  t.match(client.load, { inFlight: 0, queued: 0, restarts: 0 });
  t.ok(await until(() => client.load.silentMs > 0), 'it is silent from its loss on');
  t.match(await attempt(client, open), { ending: 'lost' }, 'nothing waits for a worker that may not come');
  t.ok(await until(isReady(client), 20_000), 'ready again');
  t.match(await attempt(client, open), { ending: 'established' });
  t.match(client.load, { restarts: 1, silentMs: 0 });
  t.equal(warnings.length, 1);
  t.match(warnings[0], /byte length of/, 'the reason is told');
  await assertBack(t, baseline, 3000);
});

t.test('a worker that is lost again and again is given up, and says so', async (t) => {
  let warnings = 0;
  const client = await startClient(t, { warn: () => warnings++ });
  const open = openPort(t);
  for (let losses = 0; losses < 6; losses++) {
    t.ok(await until(isReady(client), 20_000), `ready before loss ${losses + 1}`);
    t.match(await killWorker(client, open), { ending: 'lost' });
  }
  t.ok(await until(() => !client.health().live), 'not live any more');
  t.match(client.health(), { live: false, ready: false, detail: /lost/ });
  t.match(await attempt(client, open), { ending: 'lost' });
  t.equal(warnings, 6);
});

t.test('a worker that goes while the client closes is no obstacle', async (t) => {
  const client = await startClient(t);
  const left = attempt(client, silentPort(t), { timeoutMs: 10_000 });
  const last = killWorker(client, openPort(t));
  const started = performance.now();
  await client.close(3000);
  t.ok(performance.now() - started < 1500);
  t.match(await left, { ending: 'lost' });
  t.match(await last, { ending: 'lost' });
});

t.test('an idle worker is asked for a sign of life, and gives it', async (t) => {
  const client = await startClient(t);
  for (let second = 0; second < 3; second++) {
    t.match(client.health(), { live: true, ready: true, detail: 'reactor turning' });
    await sleep(1050);
  }
});

t.test('a worker that does not turn is not ready after two seconds, and ready again when it turns', async (t) => {
  const client = await startClient(t);
  // As of a loop that hangs in a call.
  const heartbeat = t.intercept(WorkerThread.prototype, 'heartbeat', { configurable: true, get: () => 7 });
  t.match(client.health(), { ready: true }, 'the first question has no answer yet');
  await sleep(1900);
  t.match(client.health(), { ready: true });
  await sleep(200);
  t.match(client.health(), { live: true, ready: false, detail: /silent for 2\d{3} ms/ });
  heartbeat.restore();
  t.match(client.health(), { live: true, ready: true });
});

t.test('a worker that cannot start is its caller’s to hear of', async (t) => {
  t.intercept(WorkerThread, 'spawn', { value: () => Promise.reject(new Error('no more threads')) });
  await t.rejects(startClient(t), { message: 'no more threads' });
});

t.test('a worker that does not start again is tried again', async (t) => {
  const warnings: string[] = [];
  const client = await startClient(t, { warn: (message) => warnings.push(message) });
  const spawn = t.intercept(WorkerThread, 'spawn', {
    configurable: true,
    value: () => Promise.reject(new Error('no more threads')),
  });
  await killWorker(client, openPort(t));
  t.ok(await until(() => warnings.length === 3), 'two more tries');
  spawn.restore();
  t.ok(await until(isReady(client), 20_000));
  t.same(warnings.slice(1), new Array(2).fill('the reactor did not start again: no more threads'));
});
