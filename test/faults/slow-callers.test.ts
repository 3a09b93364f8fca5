// HTTP clients that are slow, idle or too many: each is cut off by a limit, so that none of them holds a descriptor for
// ever or takes those that the health routes need. The limits are as configured; to see them work, they are lowered.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { build } from '../support/build.ts';
import { builtScript } from '../support/built-service.ts';
import { ask } from '../support/http-client.ts';
import { type Checking, hurried } from '../support/hurried-app.ts';
import { silentPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

t.setTimeout(60_000);

/** Everything that comes until the connection ends, and how long that took. */
async function untilEnd(socket: Socket): Promise<{ text: string; tookMs: number }> {
  const startedAt = performance.now();
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await Promise.race([once(socket, 'close'), sleep(10_000)]);
  if (!socket.closed) throw new Error('it was not cut off');
  return { text, tookMs: performance.now() - startedAt };
}

function open(t: Test, port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  t.teardown(() => socket.destroy());
  return socket;
}

/** Sends a byte every 20 ms, for as long as there is somebody to take it. */
function trickle(socket: Socket, begin: string): void {
  socket.write(begin);
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}

t.test('the limits are set', async (t) => {
  const { app } = await build(t);
  const server = app.server as Checking;
  t.ok(server.connectionsCheckingInterval <= 1000, 'and looked after');
  t.equal(server.headersTimeout, 15_000);
  t.equal(server.requestTimeout, 30_000);
  t.equal(server.keepAliveTimeout, 30_000);
  t.equal(server.timeout, 60_000);
  t.ok(app.initialConfig.bodyLimit !== undefined && app.initialConfig.bodyLimit < 16 * 1024 * 1024);
});

t.test('headers that trickle in are cut off', async (t) => {
  const socket = open(t, (await hurried(t)).port);
  trickle(socket, 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
  const { text, tookMs } = await untilEnd(socket);
  t.match(text, /^HTTP\/1\.1 408 /);
  t.ok(tookMs < 5000, `${tookMs.toFixed(0)} ms`);
});

t.test('a body that trickles in is cut off', async (t) => {
  const socket = open(t, (await hurried(t)).port);
  const head =
    'POST /check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n';
  trickle(socket, head);
  const { text, tookMs } = await untilEnd(socket);
  t.match(text, /^HTTP\/1\.1 408 /);
  t.ok(tookMs < 5000, `${tookMs.toFixed(0)} ms`);
});

t.test('a connection that says nothing is cut off, before its first request and after it', async (t) => {
  const port = (await hurried(t)).port;
  const first = await untilEnd(open(t, port));
  t.ok(first.tookMs < 5000, `${first.tookMs.toFixed(0)} ms`);
  const socket = open(t, port);
  socket.write('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const { text, tookMs } = await untilEnd(socket);
  t.match(text, /^HTTP\/1\.1 200 /);
  t.ok(tookMs < 5000, `${tookMs.toFixed(0)} ms`);
});

t.test('idle connections without number take no descriptor from the checks', async (t) => {
  const nofile = ['prlimit', '--nofile=128:128'];
  const service = new Service(t, { script: builtScript(), within: nofile });
  const url = await service.listening();
  const port = Number(new URL(url).port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  t.equal((await ask(`${url}/livez`, undefined, agent)).status, 200);
  const idle = Array.from({ length: 200 }, () => open(t, port));
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  await sleep(200);
  const targets = Array<string>(60).fill(`127.0.0.1:${silentPort(t).port}`);
  const { text } = await ask(`${url}/check`, { targets, timeoutMs: 500 }, agent);
  t.match(JSON.parse(text), { summary: { outcomes: { timeout: 60 } } }, 'on a connection that was there before');
  t.ok(
    idle.some(({ closed }) => closed),
    'some were turned away',
  );
  for (const socket of idle) socket.destroy();
  await sleep(100);
  t.equal((await ask(`${url}/livez`)).status, 200, 'when they are gone, there is room');
});
