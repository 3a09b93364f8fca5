// Rows e and f: POST /check as its callers see it, driven by wrk, with one target and with a thousand.
import type { Ground } from '../ground.ts';
import { type Contender, inTurn } from '../rounds.ts';
import type { Server } from '../servers.ts';
import { against, oddLines } from '../table.ts';
import type { Work } from '../yardstick.ts';
import { type HttpLoad, runWrk } from '../wrk.ts';
import type { Row } from './row.ts';

const SECONDS = 2;
const MANY = 1000;
/** Enough that one request's reply is written while another's checks run. */
const MANY_CONNECTIONS = 4;
const CONNECTIONS = 32;
const SCRAPE_MS = 1000;

export const singleRow: Row = {
  letter: 'e',
  title: 'POST /check, one target, 32 connections',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const post = { connections: CONNECTIONS, seconds: SECONDS, bodyFile: ground.bodyFile(port, 1), checks: 1 };
    const probe = { ...post, bodyFile: null };
    const query = `module=tcp_connect&target=127.0.0.1:${port}`;
    const trials = await inTurn(rounds, [
      driven('reachd', ground.reachd, 'check', post),
      driven('net.connect route', ground.netServer, 'check', post),
      driven('blackbox /probe', ground.blackbox, `probe?${query}`, probe),
      driven('Fastify alone', ground.netServer, 'ceiling', post),
    ]);
    const [reachd, net, blackbox, ceiling] = trials;
    // In turns of their own: whoever comes after others' turns finds a server that has stood still meanwhile.
    const unscraped = driven('unscraped', ground.reachd, 'check', post);
    const scrapes = await inTurn(rounds, [unscraped, scraped(unscraped, ground.reachd)]);
    return [
      against('e', 'one target', 'requestsPerSecond', reachd, blackbox, { atLeast: 6 }),
      against('e', 'one target', 'requestsPerSecond', reachd, net, { atLeast: 3 }),
      against('e', 'one target', 'requestsPerSecond', reachd, ceiling),
      against('e', 'scraped each second', 'requestsPerSecond', scrapes[1], scrapes[0], { atLeast: 0.98 }),
      against('e', 'one target', 'requestP99Ms', reachd, blackbox, { atMost: 1 }),
      against('e', 'one target', 'requestP99Ms', reachd, net, { atMost: 1 }),
      ...oddLines('e', [...trials, ...scrapes]),
    ];
  },
};

export const manyRow: Row = {
  letter: 'f',
  title: `POST /check, ${MANY} targets`,
  async run(ground: Ground, rounds: number) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: 50 * MANY, inFlight: 64, handshake: 'half', expected: 'open' };
    const post = {
      connections: MANY_CONNECTIONS,
      seconds: SECONDS,
      bodyFile: ground.bodyFile(port, MANY),
      checks: MANY,
    };
    const trials = await inTurn(rounds, [
      driven('reachd', ground.reachd, 'check', post),
      ground.plain(work),
      driven('net.connect route', ground.netServer, 'check', post),
      ground.reuse(work),
    ]);
    const [reachd, plain, net, reuse] = trials;
    return [
      against('f', `${MANY} targets`, 'checksPerSecond', reachd, plain, { atLeast: 0.7 }),
      against('f', `${MANY} targets`, 'checksPerSecond', reachd, net, { atLeast: 5 }),
      against('f', `${MANY} targets`, 'checksPerSecond', reachd, reuse),
      ...oddLines('f', trials),
    ];
  },
};

/** The same, while GET /metrics of its server is scraped once a second. */
function scraped({ run }: Contender, server: () => Promise<Server>): Contender {
  const scrape = async (): Promise<void> => {
    await (await fetch(`${(await server()).url}/metrics`)).text();
  };
  return {
    name: 'reachd, scraped',
    async run() {
      await scrape();
      const timer = setInterval(() => void scrape(), SCRAPE_MS);
      return await run().finally(() => clearInterval(timer));
    },
  };
}

function driven(name: string, server: () => Promise<Server>, path: string, load: Omit<HttpLoad, 'url'>): Contender {
  return { name, run: async () => await runWrk({ ...load, url: `${(await server()).url}/${path}` }) };
}
