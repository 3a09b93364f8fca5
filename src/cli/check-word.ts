// `reachd check`: what it takes.
import { type Command, Option } from 'commander';
import { addAskingFlags, addTargetFlags, readAsking, refuseWrongWords } from './asking-flags.ts';
import { ContractFlags } from './contract-flags.ts';
import { contractOfCommand } from './command-contract.ts';
import { OUTPUTS, type OutputName } from './output/form.ts';

const EXAMPLES = `
Exit status: 0 all targets are ok, 1 not all (or a line is no target), 2 usage, or nothing could be asked, 130 interrupted.

Examples:
  reachd check db.internal:5432 cache:6379
  reachd check --file pairs.txt --only-failed --timeout 1s
  reachd check db.internal:5432 --expect closed            a firewall should be in between
  grep -v staging pairs.csv | reachd check --file - --output junit > report.xml
  REACHD_TOKEN=… reachd check db:5432 --url http://reachd.internal:8080    from there, not from here
  reachd check db:5432 --url http://reachd.internal:8080 --from '*'        from every vantage of its fleet`;

export function define(command: Command): void {
  const contract = contractOfCommand({ coordinates: true });
  // --only-failed says it.
  const flags = new ContractFlags(contract, ['results']);
  addTargetFlags(command);
  command
    .addOption(new Option('--output <form>', 'how answers are written').choices(OUTPUTS).default('table'))
    .option('--only-failed', 'only what is not ok; the summary counts all');
  addAskingFlags(command, flags);
  command.addHelpText('after', EXAMPLES).action(async (words: string[]) => {
    const asking = readAsking(command, contract, flags);
    refuseWrongWords(words, asking);
    const { check } = await import('./check.ts');
    const said = command.opts<{ file?: string[]; output: OutputName; onlyFailed?: true; quiet?: true }>();
    process.exitCode = await check({
      asking,
      words,
      files: said.file ?? [],
      output: said.output,
      onlyFailed: said.onlyFailed === true,
      isQuiet: said.quiet === true,
    });
  });
}
