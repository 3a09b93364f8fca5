// Row j: how many connects the reactor starts before it looks at events again. More of them save system calls; each
// also makes the first look slower than it was. The choice in src/reactor/pace.ts comes from here.
import { LoadProcess } from '../load/load-process.ts';
import type { TurnLoad } from '../load/turn-load.ts';
import { inTurn } from '../rounds.ts';
import { against, alone, oddLines } from '../table.ts';
import type { Work } from '../yardstick.ts';
import type { Row } from './row.ts';

const BUDGETS = [1, 2, 4, 8, 16, 32, 64];
const CHECKS = 20_000;

export const turnBudgetRow: Row = {
  letter: 'j',
  title: 'starts a turn',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: CHECKS, inFlight: 64, handshake: 'half', expected: 'open' };
    const process = new LoadProcess<TurnLoad>('turn-load');
    const contenders = BUDGETS.map((startsATurn) => ({
      name: 'reachd',
      run: () => process.run({ port, checks: CHECKS, startsATurn }),
    }));
    const [plain, ...trials] = await inTurn(rounds, [ground.plain(work), ...contenders]);
    await process.stop();
    const lines = trials.map((trial, place) => {
      const what = `loop alone, ${BUDGETS[place] ?? ''} starts a turn`;
      return [against('j', what, 'checksPerSecond', trial, plain), alone('j', what, 'latencyP50Ms', trial)];
    });
    return [...lines.flat(), ...oddLines('j', trials)];
  },
};
