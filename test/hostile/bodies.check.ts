// Bodies that are made to hold the main thread, one after the other, against the service as it is shipped: whatever comes,
// no turn of its event loop takes 50 ms of its own processor time, and so nobody else waits for longer.
import { Agent, request } from 'node:http';
import t from 'tap';
import { Exchange, type Sending } from '../support/hostile/exchange.ts';
import { HOSTILE_BODIES, type HostileBody } from '../support/hostile/bodies.ts';
import { WatchedService } from '../support/hostile/turn-watch.ts';
import { ask } from '../support/http-client.ts';

t.setTimeout(300_000);

const MOST_MS = 50;
const TOKEN = 'token-of-a-caller';
/** What else runs on a processor makes its caches cold and its clock slow; a body that holds the thread holds it each time. */
const TRIES = 5;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
t.teardown(() => agent.destroy());

/** The status; the reply is read to its end. 0 where there was none. */
function send(url: string, body: string | Buffer, { type = 'application/json', query = '', accept }: HostileBody) {
  const headers = { 'content-type': type, ...(accept === undefined ? {} : { accept }) };
  return new Promise<number>((resolve) => {
    const sent = request(`${url}/check${query}`, { method: 'POST', agent, headers }, (reply) => {
      reply.on('error', () => undefined).on('close', () => resolve(reply.statusCode ?? 0));
      reply.resume();
    });
    sent.on('error', () => resolve(0)).end(body);
  });
}

t.test(`${HOSTILE_BODIES.length} hostile bodies: none holds the main thread for ${MOST_MS} ms`, async (t) => {
  t.ok(HOSTILE_BODIES.length >= 55);
  const watched = new WatchedService(t, { env: { AUDIT: 'none' } });
  const url = await watched.service.listening();
  // Once for what is loaded and compiled on its first use.
  for (const body of HOSTILE_BODIES.slice(0, 8)) await send(url, body.make(), body);
  const figures: { name: string; ms: number; status: number }[] = [];
  for (const body of HOSTILE_BODIES) {
    const bytes = body.make();
    let ms = Infinity;
    let status = 0;
    for (let i = 0; i < TRIES && ms >= MOST_MS; i++) {
      await watched.longestMs();
      status = await send(url, bytes, body);
      if ((await ask(`${url}/livez`)).status !== 200) throw new Error(`${body.name}: /livez`);
      ms = Math.min(ms, await watched.longestMs());
    }
    figures.push({ name: body.name, ms, status });
    t.ok(ms < MOST_MS, `${body.name}: ${ms.toFixed(1)} ms, ${status}`);
    t.ok([200, 400, 413, 429, 503].includes(status), `${body.name}: ${status}`);
  }
  const worst = figures.sort((a, b) => b.ms - a.ms).slice(0, 5);
  t.comment(`the longest turns: ${worst.map(({ name, ms }) => `${name} ${ms.toFixed(1)} ms`).join(', ')}`);
});

const STRANGERS = 200;
const UNREAD: readonly (Omit<Sending, 'port'> & { readonly status: number })[] = [
  { path: '/check', token: 'of nobody', status: 401 },
  { path: '/nowhere', token: TOKEN, status: 404 },
  { path: '/check', token: TOKEN, type: 'image/png', status: 415 },
];

t.test(
  `${STRANGERS} large bodies at a time, which nobody reads: each has its reply, and none holds the thread`,
  async (t) => {
    const watched = new WatchedService(t, { env: { AUDIT: 'none', API_TOKENS: `caller:${TOKEN}` } });
    const port = Number(new URL(await watched.service.listening()).port);
    const body = Buffer.alloc(10_000_000, ' ');
    for (const { status, ...sending } of UNREAD) {
      let ms = Infinity;
      for (let i = 0; i < TRIES && ms >= MOST_MS; i++) {
        await watched.longestMs();
        // Half of them would go on with their connection: they send all, and are answered long before.
        const exchanges = Array.from(
          { length: STRANGERS },
          (_, i) => new Exchange({ ...sending, port, body, closes: i % 2 === 0 }),
        );
        await Promise.all(exchanges.flatMap(({ refused, sent }) => [refused, sent]));
        const resets = exchanges.filter(({ isReset }) => isReset).length;
        for (const exchange of exchanges) exchange.leave();
        await Promise.all(exchanges.map(({ ended }) => ended));
        t.equal(resets, 0);
        t.same([...new Set(exchanges.map((exchange) => exchange.status))], [status]);
        ms = Math.min(ms, await watched.longestMs());
      }
      t.ok(ms < MOST_MS, `${status}: the longest turn took ${ms.toFixed(1)} ms`);
    }
  },
);
