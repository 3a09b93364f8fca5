// `reachd hash-token`: an API token as a token file holds it. Only the hash is printed.
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { hashedEntry } from '../callers/tokens.ts';
import { print } from '../process/standard-streams.ts';
import { UsageError } from './usage-error.ts';

const EXAMPLES = `
What is printed is a line of the file that API_TOKENS_FILE names. A token that stands in the command line can be read in
the list of processes and in the shell's history: standard input keeps it out of both.

Examples:
  printf %s "$TOKEN" | reachd hash-token --name ci >> tokens
  reachd hash-token --name ci "$TOKEN"
  printf %s "$TOKEN" | sha256sum                   the same hash, without reachd`;

export function define(command: Command): void {
  command
    .argument('[token]', 'the token; without it, standard input')
    .option('--name <name>', 'whose token it is, as the log will call it', 'name')
    .addHelpText('after', EXAMPLES)
    .action(async (token: string | undefined, { name }: { name: string }) => {
      const given = token ?? (await text(process.stdin)).replace(/\r?\n$/, '');
      const entry = hashedEntry(name, given);
      if (entry === null) {
        throw new UsageError(
          'a token has at least 16 letters, digits and -._~+/, and a name up to 64 letters, digits and ._-',
        );
      }
      print(`${entry}\n`);
    });
}
