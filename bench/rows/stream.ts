// Row k: a million targets as one stream of lines, sent and read by curl, against the plain C loop; and the memory that it
// takes at its peak, each time of a process of its own.
import { readFileSync } from 'node:fs';
import type { Ground } from '../ground.ts';
import { requireTool, runTool } from '../program.ts';
import type { Report } from '../report.ts';
import { inTurn } from '../rounds.ts';
import { startReachd } from '../servers.ts';
import { against, alone, oddLines } from '../table.ts';
import type { Work } from '../yardstick.ts';
import type { Row } from './row.ts';

const LINES = 1_000_000;

export const streamRow: Row = {
  letter: 'k',
  title: `a stream of ${LINES} targets`,
  async run(ground: Ground, rounds: number) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: LINES / 2, inFlight: 64, handshake: 'half', expected: 'open' };
    const file = ground.linesFile(port, LINES);
    const trials = await inTurn(rounds, [{ name: 'reachd', run: () => streamOnce(file) }, ground.plain(work)]);
    const [reachd, plain] = trials;
    return [
      against('k', `stream of ${LINES}`, 'checksPerSecond', reachd, plain, { atLeast: 1 }),
      alone('k', `stream of ${LINES}`, 'peakMb', reachd, { atMost: 200 }),
      ...oddLines('k', trials),
    ];
  },
};

/** Throws MissingTool. */
async function streamOnce(file: string): Promise<Report> {
  requireTool('curl');
  const server = await startReachd();
  try {
    const begin = performance.now();
    const send = `curl -s -X POST -T ${file} -H 'content-type: text/plain' ${server.url}/check | tail -n 1`;
    const { summary } = JSON.parse(await runTool('sh', ['-c', send])) as { summary: { outcomes: { open?: number } } };
    const seconds = (performance.now() - begin) / 1000;
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    const missing = LINES - (summary.outcomes.open ?? 0);
    return {
      checksPerSecond: LINES / seconds,
      peakMb: Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024,
      odd: missing > 0 ? { 'not open': missing } : {},
    };
  } finally {
    await server.stop();
  }
}
