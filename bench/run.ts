// `npm run bench`: runs the rows that were asked for and prints one table. bench/README.md says how to read it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, delimiter, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, type Earlier, readEarlier } from './earlier.ts';
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
  const wanted = readArguments();
  if (wanted.node === null) await run(wanted);
  else runWith(wanted.node);
} catch (failure) {
  process.stderr.write(`bench: ${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exitCode = 2;
}

interface Wanted {
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** The run to compare with; null for none. */
  readonly earlier: Earlier | null;
  /** The program of another Node; null for this one. */
  readonly node: string | null;
}

/** The same bench as a process of another Node, which everything that the bench starts is run by, too. */
function runWith(node: string): void {
  const at = process.argv.indexOf('--node');
  const others = process.argv.slice(1).filter((_, place) => at < 0 || (place !== at - 1 && place !== at));
  const argv = others.filter((argument) => !argument.startsWith('--node='));
  const PATH = [dirname(node), process.env['PATH'] ?? ''].join(delimiter);
  const { error, status } = spawnSync(node, argv, { stdio: 'inherit', env: { ...process.env, PATH } });
  if (error !== undefined) throw new Error(`--node: ${error.message}`);
  process.exitCode = status ?? 1;
}

async function run({ rows, rounds, earlier }: Wanted): Promise<void> {
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
    if (earlier !== null) process.stdout.write(`\n${compare(lines, earlier)}\n`);
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
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      against: { type: 'string' },
      node: { type: 'string' },
    },
  });
  const known = ROWS.map((row) => row.letter);
  const letters = values.rows?.split(',') ?? known;
  if (!letters.every((letter) => known.includes(letter))) throw new Error(`--rows takes some of ${known.join(',')}`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new Error('--rounds takes an integer from 1 to 100');
  }
  const earlier = values.against === undefined ? null : readEarlier(readFileSync(values.against, 'utf8'));
  const node = values.node === undefined ? null : resolve(values.node);
  // bin/reachd finds it by that name.
  if (node !== null && basename(node) !== 'node') throw new Error('--node takes the path of a program named node');
  return { rows: ROWS.filter((row) => letters.includes(row.letter)), rounds, earlier, node };
}
