// The command `reachd`, started by bin/reachd.cjs: it finds the word that was said and loads what that takes. Where none
// is said it is `serve`, as containers start it.
import { Command, CommanderError } from 'commander';
import { print, printed } from '../process/standard-streams.ts';
import { VERSION } from '../process/version.ts';
import { DoorError } from './door.ts';
import { UsageError } from './usage-error.ts';

/** What a word loads: it declares its flags, its examples and its action. */
interface Word {
  define(command: Command): void;
}

const WORDS: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Word> }>> = {
  serve: { about: 'answer over HTTP (the default)', load: () => import('./serve-word.ts') },
  check: { about: 'check targets and say what became of each', load: () => import('./check-word.ts') },
  wait: { about: 'wait until all targets can be reached', load: () => import('./wait-word.ts') },
  ping: { about: 'check one target again and again', load: () => import('./ping-word.ts') },
  'hash-token': {
    about: 'print the hash of an API token, for a token file',
    load: () => import('./hash-token-word.ts'),
  },
};

const USAGE = 2;

const EXAMPLES = `
Examples:
  reachd                                           serve on http://127.0.0.1:8080
  reachd check db.internal:5432                    can it be reached, and if not, who says no?
  reachd check --file pairs.txt --only-failed      which of these pairs are broken?
  reachd wait db.internal:5432 --within 60s        in a script, before what needs the database
  reachd ping db.internal:5432                     how long does a connect take, and how often is it lost?`;

await run(process.argv.slice(2));
// A pipe that is still open, or a connection that is kept, must not hold up the end; the service goes on.
if (wordsOf(process.argv.slice(2))[0] !== 'serve') {
  await printed();
  process.exit();
}

async function run(argv: readonly string[]): Promise<void> {
  const asked = wordsOf(argv);
  try {
    const program = await buildProgram(asked);
    await program.parseAsync(asked, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    else if (error instanceof UsageError || error instanceof DoorError) {
      process.stderr.write(`reachd: ${error.message}\n`);
      process.exitCode = USAGE;
    } else throw error;
  }
}

/** What was asked for, with the word that was not said. `help WORD` is `WORD --help`. */
function wordsOf(argv: readonly string[]): string[] {
  const [first = '', second, ...rest] = argv;
  const ofAll = ['-h', '--help', '-V', '--version'];
  if (first === 'help') return second === undefined ? ['--help'] : [second, '--help', ...rest];
  const isOfAll = ofAll.includes(first);
  // Help for a word that there is not: which word there is helps more.
  if (first !== '' && !first.startsWith('-') && !(first in WORDS)) return argv.filter((word) => !ofAll.includes(word));
  return (first === '' && argv.length === 0) || (first.startsWith('-') && !isOfAll) ? ['serve', ...argv] : [...argv];
}

/** Every word by its name, and the one that is asked for with all it takes. */
async function buildProgram(asked: readonly string[]): Promise<Command> {
  const program = new Command('reachd')
    .description('Can a TCP connection be opened from here to there, how long does it take, and if not, who said no?')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .usage('[command] [options]')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeOut: print, outputError: (text, write) => write(inOneLine(text, asked)) });
  for (const [name, { about, load }] of Object.entries(WORDS)) {
    const command = program.command(name).description(about).helpOption('-h, --help', 'print this');
    if (name === asked[0]) (await load()).define(command);
  }
  return program;
}

/** commander says `error: unknown option '--prot'` and what was meant below it. */
function inOneLine(text: string, [word = '', ...rest]: readonly string[]): string {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  // `reachd db:5432` is what a newcomer types first.
  const isTarget = !(word in WORDS) && /:\d+$/.test(word) && !said.includes('Did you mean');
  const hint = isTarget ? ` (Did you mean reachd check ${[word, ...rest].join(' ')}?)` : '';
  const of = word in WORDS ? `${word} --help` : '--help';
  return `reachd: ${said}${hint}; "reachd ${of}" says more\n`;
}
