// Row g: one check after the other while the main thread is busy for half of its time. The reactor's clock must not
// notice.
import { inTurn } from '../rounds.ts';
import { against, alone, oddLines } from '../table.ts';
import type { Work } from '../yardstick.ts';
import type { Row } from './row.ts';

export const busyRow: Row = {
  letter: 'g',
  title: 'main thread 50 % busy',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: 1000, inFlight: 1, handshake: 'half', expected: 'open' };
    const trials = await inTurn(rounds, [ground.reactor({ kind: 'busy', work }), ground.net({ kind: 'busy', work })]);
    const [reachd, net] = trials;
    return [
      alone('g', 'main thread 50 % busy', 'latencyP99Ms', reachd, { atMost: 0.3 }),
      against('g', 'main thread 50 % busy', 'latencyP99Ms', reachd, net),
      ...oddLines('g', trials),
    ];
  },
};
