// `reachd wait`: what it takes.
import type { Command } from 'commander';
import { addAskingFlags, addTargetFlags, readAsking, refuseWrongWords } from './asking-flags.ts';
import { ContractFlags } from './contract-flags.ts';
import { contractOfCommand } from './command-contract.ts';
import { readTime } from './time.ts';

const EXAMPLES = `
Each target is asked anew twenty times a second until it is as expected, and the command ends at once when all are. A name
that does not resolve is asked twice a second, and of many targets each one less often.

Exit status: 0 all targets are ok, 1 not within the time, 2 usage, or nothing could be asked, 130 interrupted.

Examples:
  reachd wait db.internal:5432 --within 60s && ./migrate
  reachd wait --file dependencies.txt --within 2m
  reachd wait localhost:8080 --expect refused --within 10s     until it has stopped`;

export function define(command: Command): void {
  const contract = contractOfCommand();
  // --within is its deadline, and how often it asks is its own affair.
  const flags = new ContractFlags(contract, ['results', 'deadlineMs', 'count', 'intervalMs']);
  addTargetFlags(command);
  command.option('--within <time>', 'give up after this, such as 60s; without it there is no end');
  addAskingFlags(command, flags);
  command.addHelpText('after', EXAMPLES).action(async (words: string[]) => {
    const asking = readAsking(command, contract, flags);
    refuseWrongWords(words, asking);
    const said = command.opts<{ file?: string[]; within?: string; quiet?: true }>();
    const withinMs = said.within === undefined ? null : readTime('--within', said.within);
    const { wait } = await import('./wait.ts');
    process.exitCode = await wait({ asking, words, files: said.file ?? [], withinMs, isQuiet: said.quiet === true });
  });
}
