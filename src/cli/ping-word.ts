// `reachd ping`: what it takes.
import type { Command } from 'commander';
import { addAskingFlags, count, readAsking, refuseWrongWords } from './asking-flags.ts';
import { ContractFlags } from './contract-flags.ts';
import { contractOfCommand } from './command-contract.ts';
import { readTime } from './time.ts';
import { UsageError } from './usage-error.ts';

/** A server ends a stream on which nothing moves for a minute. */
const MAX_INTERVAL_MS = 30_000;

const EXAMPLES = `
A line for each attempt: what a client would have felt, what the network took (rtt, the kernel's own measure), and SYNs that
had to be sent again. Ctrl-C ends it with figures of all.

Exit status: 0 all were ok, or Ctrl-C after one that was; 1 not all, 2 usage, or nothing could be asked, 130 Ctrl-C before that.

Examples:
  reachd ping db.internal:5432
  reachd ping db.internal:5432 --count 100 --interval 100ms --quiet`;

export function define(command: Command): void {
  const contract = contractOfCommand();
  const flags = new ContractFlags(contract, ['results', 'deadlineMs', 'count', 'intervalMs']);
  command
    .argument('<target>', 'host:port, [v6]:port or tcp://host:port')
    .option('--count <n>', 'end after so many; without it there is no end', count)
    .option('--interval <time>', 'from one to the next', '1s')
    .option('--quiet', 'the figures at the end only');
  addAskingFlags(command, flags);
  command.addHelpText('after', EXAMPLES).action(async (target: string) => {
    const asking = readAsking(command, contract, flags);
    refuseWrongWords([target], asking);
    const said = command.opts<{ count?: number; interval: string; quiet?: true }>();
    const intervalMs = readTime('--interval', said.interval);
    if (intervalMs < 1 || intervalMs > MAX_INTERVAL_MS) throw new UsageError('--interval takes 1ms to 30s');
    const { ping } = await import('./ping.ts');
    process.exitCode = await ping({
      asking,
      target,
      count: said.count ?? Infinity,
      intervalMs,
      isQuiet: said.quiet === true,
    });
  });
}
