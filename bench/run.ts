// `npm run bench`: runs the rows that were asked for and prints one table. bench/README.md says how to read it.
import { parseArgs } from 'node:util';
import { Ground } from './ground.ts';
import { describeMachine } from './machine.ts';
import { stopAllPrograms } from './program.ts';
import { MissingTool } from './report.ts';
import { silentBatchRow, sizesRow } from './rows/batch.ts';
import { burstRow } from './rows/burst.ts';
import { busyRow } from './rows/busy.ts';
import { hostileRow } from './rows/hostile.ts';
import { manyRow, singleRow } from './rows/http.ts';
import { idleRow } from './rows/idle.ts';
import type { Row } from './rows/row.ts';
import { silenceRow } from './rows/silence.ts';
import { fullRow, openRow, refusedRow } from './rows/steady.ts';
import { streamRow } from './rows/stream.ts';
import { turnBudgetRow } from './rows/turn-budget.ts';
import { formatTable, type Line, unmeasured } from './table.ts';

const ROWS: readonly Row[] = [
  openRow,
  refusedRow,
  fullRow,
  burstRow,
  singleRow,
  manyRow,
  busyRow,
  silenceRow,
  idleRow,
  turnBudgetRow,
  streamRow,
  silentBatchRow,
  sizesRow,
  hostileRow,
];

try {
  await run(readArguments());
} catch (failure) {
  process.stderr.write(`bench: ${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exitCode = 2;
}

interface Wanted {
  readonly rows: readonly Row[];
  readonly rounds: number;
}

async function run({ rows, rounds }: Wanted): Promise<void> {
  const ground = new Ground();
  const end = async (): Promise<void> => {
    await stopAllPrograms();
    ground.remove();
  };
  process.once('SIGINT', () => void end().then(() => process.exit(130)));
  try {
    const lines: Line[] = [];
    for (const row of rows) lines.push(...(await measure(row, ground, rounds)));
    process.stdout.write(`${formatTable(lines)}\n\nmedians of ${rounds} rounds in turn; ${describeMachine()}\n`);
  } finally {
    await end();
  }
}

/** A row that cannot be measured says why; one that fails makes the bench fail, but not the rows after it. */
async function measure(row: Row, ground: Ground, rounds: number): Promise<Line[]> {
  process.stderr.write(`${row.letter}: ${row.title} …\n`);
  try {
    return await row.run(ground, rounds);
  } catch (failure) {
    if (!(failure instanceof MissingTool)) process.exitCode = 1;
    return [unmeasured(row.letter, row.title, failure instanceof Error ? failure.message : String(failure))];
  }
}

/** Throws an Error that says what is wrong with the command line. */
function readArguments(): Wanted {
  const { values } = parseArgs({ options: { rows: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
  const known = ROWS.map((row) => row.letter);
  const letters = values.rows?.split(',') ?? known;
  if (!letters.every((letter) => known.includes(letter))) throw new Error(`--rows takes some of ${known.join(',')}`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new Error('--rounds takes an integer from 1 to 100');
  }
  return { rows: ROWS.filter((row) => letters.includes(row.letter)), rounds };
}
