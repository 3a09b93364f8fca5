// Every shell block of README.md and docs/ runs as it stands, in the order of its page, on services of the page's own. Only
// their ports are others, because 8080 may be somebody else's here. A block that does not run says why in its document.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { BusServer } from './support/bus-server.ts';
import { shellBlocksOf, type ShellBlock } from './support/markdown.ts';
import { Service } from './support/service.ts';

t.setTimeout(180_000);

const documents = [
  'README.md',
  ...readdirSync(new URL('../docs', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** `A=1 B=2 npm start`, with or without an installation before it. */
const START = /^(?:npm ci && )?((?:[A-Z_]+=\S+ )*)npm start$/m;
const START_BUS = /^nats-server --addr 127\.0\.0\.1 --port (\d+)$/m;
const HERE = /\b(localhost|127\.0\.0\.1):(\d+)/g;
/** Hosts of the examples that are no service of the test's. */
const FOREIGN = /\w\.(internal|example)\b/;
/** Files that a page speaks of as the reader's own. */
const FILES = { 'pairs.txt': '# the service itself\n127.0.0.1:8080\nlocalhost:1\n' };

/** One page's shell: its directory and its variables last from block to block. */
class Shell {
  readonly #t: Test;
  readonly #directory: string;
  /** By the port that the page has, the one that there is. */
  readonly #ports = new Map<string, string>();

  constructor(t: Test) {
    this.#t = t;
    this.#directory = t.testdir({ ...FILES, env: '' });
  }

  /** Like `npm start` in the page's directory. */
  async start(assignments = ''): Promise<void> {
    const { PORT = '8080', ...env } = Object.fromEntries(
      assignments
        .split(' ')
        .filter((word) => word !== '')
        .map((word): [string, string] => {
          const [name, value] = [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)];
          return [name, name.endsWith('_FILE') ? join(this.#directory, value) : this.#here(value)];
        }),
    );
    const url = await new Service(this.#t, { env }).listening();
    this.#ports.set(PORT, new URL(url).port);
    for (const name of Object.keys(FILES)) this.#write(name, this.#here(this.#read(name)));
  }

  /** Like the command of the page, which does not end. */
  async startBus(port: string): Promise<void> {
    this.#ports.set(port, String((await BusServer.open(this.#t)).port));
  }

  /** What the block printed. Fails the test when it fails. */
  async run(block: ShellBlock): Promise<string> {
    if (!this.#ports.has('8080')) await this.start();
    const script = `set -eu; . ./env; set -a\n${this.#here(block.text)}\nexport -p > env\n`;
    const child = spawn('bash', ['-o', 'pipefail', '-c', script], {
      cwd: this.#directory,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    this.#t.equal(await ended, 0, stderr);
    return stdout;
  }

  #here(commands: string): string {
    return commands.replaceAll(HERE, (_, host: string, port: string) => `${host}:${this.#ports.get(port) ?? port}`);
  }

  #read(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8');
  }

  #write(name: string, content: string): void {
    writeFileSync(join(this.#directory, name), content);
  }
}

/** The outcomes of each line, or document, that curl printed. */
function outcomesIn(output: string): string[] {
  return [
    ...output.matchAll(
      /"target":"[^"]+"(?:,"(?:name|vantage)":"[^"]*")*,"ok":\w+,(?:"expect":[^,]+,)?"outcome":"(\w+)"/g,
    ),
  ].map(([, outcome = '']) => outcome);
}

for (const document of documents) {
  const blocks = shellBlocksOf(document);
  if (blocks.length === 0) continue;
  t.test(`the commands of ${document} run`, async (t) => {
    const shell = new Shell(t);
    for (const block of blocks) {
      await t.test(`line ${block.line}${block.notRun === null ? '' : `: ${block.notRun}`}`, async (t) => {
        if (block.notRun !== null) return;
        if (!t.notMatch(block.text, FOREIGN, 'it asks nobody outside')) return;
        const start = START.exec(block.text);
        const [, busPort] = START_BUS.exec(block.text) ?? [];
        if (busPort !== undefined) return shell.startBus(busPort);
        if (start !== null) return shell.start(start[1]);
        const output = await shell.run(block);
        t.notMatch(output, /urn:reachd:problem/);
        if (block.text.includes('/check')) t.ok(outcomesIn(output).length > 0, 'it is answered');
      });
    }
  });
}

t.test('the first commands of README.md answer what it says', async (t) => {
  const shell = new Shell(t);
  const blocks = shellBlocksOf('README.md').filter(({ notRun }) => notRun === null);
  const first = blocks.find(({ text }) => text.includes('/check'));
  const pairs = blocks.find(({ text }) => text.includes('pairs.txt'));
  if (first === undefined || pairs === undefined) throw new Error('README.md has lost its first command, or its pairs');
  t.same(outcomesIn(await shell.run(first)), ['open', 'refused']);
  t.same(outcomesIn(await shell.run(pairs)), ['refused'], 'only what is broken is listed');
});
