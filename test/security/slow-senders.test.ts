// Strangers that hold connections, before anybody has asked who they are: each of them ends, whatever it ignores, and
// however many there are, the health routes answer whoever asks next.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { build, FakeChecker, listen, type Built } from '../support/build.ts';
import { builtScript } from '../support/built-service.ts';
import { ask } from '../support/http-client.ts';
import { hurried } from '../support/hurried-app.ts';
import { Service } from '../support/service.ts';

t.setTimeout(120_000);

const HEAD =
  'POST /check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n';
const UNREAD = 'POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n';
const LARGE = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

interface Shape {
  readonly first: string;
  /** What goes on coming, a byte every 20 ms, whatever the service says. */
  readonly then: string;
  readonly reads: boolean;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  'nothing at all': { first: '', then: '', reads: true },
  'a slow request line': { first: 'GE', then: 'T', reads: true },
  'slow headers': { first: 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', then: 'x', reads: true },
  'a slow body': { first: HEAD, then: ' ', reads: true },
  'a slow body that nobody reads': { first: UNREAD, then: ' ', reads: true },
  'half a body': { first: `${HEAD}{"targets":`, then: '', reads: true },
  'no HTTP at all': { first: 'EHLO there\r\n', then: '', reads: true },
  'no HTTP, and more of it': { first: 'EHLO there\r\n', then: 'x', reads: true },
  'headers without end': { first: `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, then: '', reads: true },
  'replies that nobody reads': { first: LARGE.repeat(40), then: '', reads: false },
  'headers of a request whose reply nobody reads': { first: 'GET / HT', then: 'T', reads: false },
};

/** A peer that never closes, and takes no notice of who does. */
function deaf(t: Test, port: number, { first, then, reads }: Shape): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  t.teardown(() => socket.destroy());
  if (reads) socket.resume();
  if (first !== '') socket.write(first);
  if (then !== '') {
    const timer = setInterval(() => socket.write(then), 20);
    socket.on('close', () => clearInterval(timer));
  }
  return socket;
}

async function heldBy(server: Server): Promise<number> {
  return promisify<number>((done) => server.getConnections(done))();
}

for (const [words, shape] of Object.entries(SHAPES)) {
  t.test(`${words}: the descriptor is given back, though the peer never closes`, async (t) => {
    const { port, server } = await hurried(t);
    const arrived = once(server, 'connection');
    deaf(t, port, shape);
    await arrived;
    t.equal(await heldBy(server), 1);
    const begin = performance.now();
    // At the configured pace: 30 s, one more for Node to look, one for the peer to take its reply.
    while ((await heldBy(server)) > 0 && performance.now() - begin < 20_000) await sleep(20);
    t.equal(await heldBy(server), 0);
  });
}

/** Connections in the hands of strangers, and newcomers without pause: as many as it takes, and more. */
async function besiege(t: Test, port: number, shape: Shape, count: number): Promise<() => void> {
  const sockets = Array.from({ length: count }, () => deaf(t, port, shape));
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  const timer = setInterval(() => sockets.push(deaf(t, port, shape)), 10);
  return () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  };
}

t.test('at 300 descriptors, /livez answers while strangers have all the connections they can get', async (t) => {
  const within = ['prlimit', '--nofile=300:300'];
  const service = new Service(t, { script: builtScript(), within });
  const url = await service.listening();
  const port = Number(new URL(url).port);
  for (const words of ['nothing at all', 'slow headers', 'a slow body', 'replies that nobody reads']) {
    const shape = SHAPES[words];
    if (shape === undefined) throw new Error(words);
    const lift = await besiege(t, port, shape, 200);
    const statuses: number[] = [];
    for (let i = 0; i < 50; i++) statuses.push((await ask(`${url}/livez`).catch(() => ({ status: 0 }))).status);
    t.same(new Set(statuses), new Set([200]), words);
    lift();
  }
  t.equal((await service.end('SIGTERM')).code, 0);
});

/** Answers when it is told to. */
class HeldChecker extends FakeChecker {
  readonly #held: (() => void)[] = [];

  override async check(...query: Parameters<FakeChecker['check']>): ReturnType<FakeChecker['check']> {
    await new Promise<void>((resolve) => this.#held.push(resolve));
    return super.check(...query);
  }

  get held(): number {
    return this.#held.length;
  }

  answer(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isSo(); i++) await sleep(5);
  if (!isSo()) throw new Error('it never came');
}

t.test('answers under way do not take all the connections either, and none of them is ended', async (t) => {
  const checker = new HeldChecker();
  const built: Built<HeldChecker> = await build(t, { checker, maxConnections: 16 });
  const url = `http://127.0.0.1:${await listen(built)}`;
  const body = { targets: ['a.test:2'] };
  const asked = Array.from({ length: 12 }, () => ask(`${url}/check`, body));
  await until(() => checker.held === 12);
  const refused = await ask(`${url}/check`, body);
  t.equal(refused.status, 503);
  t.match(refused.headers, { 'retry-after': '1', connection: 'close' });
  t.match(JSON.parse(refused.text), { type: 'urn:reachd:problem:overloaded', detail: /at a time/ });
  const lift = await besiege(t, Number(new URL(url).port), { first: '', then: '', reads: true }, 40);
  for (let i = 0; i < 20; i++) t.equal((await ask(`${url}/livez`)).status, 200);
  lift();
  checker.answer();
  t.same(new Set((await Promise.all(asked)).map(({ status }) => status)), new Set([200]));
  const next = ask(`${url}/check`, body);
  await until(() => checker.held === 1);
  checker.answer();
  t.equal((await next).status, 200, 'there is room again');
});

t.test('strangers go before connections that have been of use, and the oldest first', async (t) => {
  const built = await build(t, { maxConnections: 16 });
  const port = await listen(built);
  const useful = connect(port, '127.0.0.1').setEncoding('utf8');
  t.teardown(() => useful.destroy());
  const livez = async (): Promise<string> => {
    useful.write('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    return ((await once(useful, 'data')) as [string])[0];
  };
  t.match(await livez(), /^HTTP\/1\.1 200 /);
  const strangers: Socket[] = [];
  for (let i = 0; i < 40; i++) {
    const arrived = once(built.app.server, 'connection');
    strangers.push(deaf(t, port, { first: '', then: '', reads: true }));
    await arrived;
  }
  await until(() => strangers.filter(({ readableEnded, closed }) => readableEnded || closed).length === 26);
  t.ok(
    strangers.slice(0, 26).every(({ readableEnded, closed }) => readableEnded || closed),
    'the oldest',
  );
  t.match(await livez(), /^HTTP\/1\.1 200 /, 'the one that was of use is still there');
});
