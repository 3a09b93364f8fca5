// Row h: ten thousand checks in flight to a target that does not answer. Once with their deadlines spread over 1.5
// seconds, and once with one deadline for all, as a single request has it.
import { extname } from 'node:path';
import { LoadProcess } from '../load/load-process.ts';
import type { SilentLoad } from '../load/silence-load.ts';
import { inTurn } from '../rounds.ts';
import { alone, oddLines } from '../table.ts';
import type { Row } from './row.ts';

const CHECKS = 10_000;
/** A single caller never gets all places in flight. */
const SPARE = 1.1;
const TIMEOUT_MS = 2500;
const SPREAD_MS = 1500;

export const silenceRow: Row = {
  letter: 'h',
  title: `${CHECKS} checks in flight to silence`,
  async run(ground, rounds) {
    const port = await ground.yardstick.target('silent');
    const witness = new URL(`../load/heap-witness${extname(import.meta.url)}`, import.meta.url).href;
    const process = new LoadProcess<SilentLoad>('silence-load', { maxInFlight: CHECKS * SPARE }, [
      '--expose-gc',
      '--import',
      witness,
    ]);
    const load: SilentLoad = { port, checks: CHECKS, timeoutMs: TIMEOUT_MS, spreadMs: SPREAD_MS };
    const trials = await inTurn(rounds, [
      { name: 'reachd', run: () => process.run(load) },
      { name: 'reachd', run: () => process.run({ ...load, spreadMs: 0 }) },
    ]);
    await process.stop();
    const [spread, atOnce] = trials;
    return [
      alone('h', `${CHECKS} to silence`, 'latenessP99Ms', spread, { atMost: 5 }),
      alone('h', `${CHECKS} to silence, one deadline`, 'latenessP99Ms', atOnce),
      alone('h', `${CHECKS} to silence`, 'corePercent', spread, { atMost: 5 }),
      alone('h', `${CHECKS} to silence`, 'heapBytes', spread, { atMost: 1024 }),
      alone('h', `${CHECKS} to silence`, 'workerHeapBytes', spread, { atMost: 1024 }),
      alone('h', `${CHECKS} to silence, no HTTP`, 'residentMb', spread),
      ...oddLines('h', trials),
    ];
  },
};
