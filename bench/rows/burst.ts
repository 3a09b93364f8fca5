// Row d: 3000 checks of loopback asked for at once. What a burst costs in latency is what reachd must not make up: the
// true round trip is a few microseconds.
import { checkBody } from '../ground.ts';
import { percentile, type Report } from '../report.ts';
import { inTurn } from '../rounds.ts';
import type { Server } from '../servers.ts';
import { against, alone, oddLines } from '../table.ts';
import type { Work } from '../yardstick.ts';
import type { Row } from './row.ts';

const BURST = 3000;

export const burstRow: Row = {
  letter: 'd',
  title: `a burst of ${BURST}`,
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: BURST, inFlight: BURST, handshake: 'half', expected: 'open' };
    const [reachd, net] = await inTurn(rounds, [
      ground.reactor({ kind: 'burst', work }),
      ground.net({ kind: 'burst', work }),
    ]);
    const body = checkBody(port, BURST);
    const [service, route] = await inTurn(rounds, [
      { name: 'reachd', run: async () => await postOnce(await ground.reachd(), body) },
      { name: 'net.connect route', run: async () => await postOnce(await ground.netServer(), body) },
    ]);
    const [direct, posted] = [`burst of ${BURST}, reactor`, `burst of ${BURST}, POST /check`];
    return [
      against('d', direct, 'latencyP50Ms', reachd, net),
      alone('d', direct, 'latencyP50Ms', reachd, { atMost: 0.1 }),
      alone('d', direct, 'rttP50Ms', reachd, { atMost: 0.1 }),
      against('d', posted, 'latencyP50Ms', service, route),
      alone('d', posted, 'latencyP50Ms', service, { atMost: 0.1 }),
      alone('d', posted, 'rttP50Ms', service, { atMost: 0.1 }),
      ...oddLines('d', [reachd, net, service, route]),
    ];
  },
};

interface Reply {
  readonly results: readonly {
    readonly outcome: string;
    readonly latencyMs: number;
    readonly attempts: readonly { readonly rttMs: number | null }[];
  }[];
}

async function postOnce(server: Server, body: string): Promise<Report> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/check`, { method: 'POST', headers, body });
  if (response.status !== 200) return { odd: { [`status ${response.status}`]: 1 } };
  const { results } = (await response.json()) as Reply;
  const rtts = results.flatMap(({ attempts }) => attempts[0]?.rttMs ?? []);
  const odd = results.filter(({ outcome }) => outcome !== 'open').length;
  return {
    latencyP50Ms: percentile(
      results.map(({ latencyMs }) => latencyMs),
      0.5,
    ),
    ...(rtts.length > 0 && { rttP50Ms: percentile(rtts, 0.5) }),
    odd: odd > 0 ? { 'not open': odd } : {},
  };
}
