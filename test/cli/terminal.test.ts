// The command at a terminal, which script(1) makes: colours, a progress bar, Ctrl-C by its key; the service's log for people.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { builtScript } from '../support/built-service.ts';
import { openPort } from '../support/command.ts';

t.setTimeout(180_000);

const ESCAPE = '\u001b';
const CTRL_C = '\u0003';

class Terminal {
  readonly #child;
  screen = '';

  constructor(t: Test, argv: readonly string[], env: Record<string, string> = {}) {
    const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, builtScript(), ...argv].join(' ');
    const surroundings = { ...process.env, NO_COLOR: '', TERM: 'xterm', PORT: '0', DRAIN_DELAY_MS: '0', ...env };
    // The shell says the status: script's own --return is wrong where it sees the terminal close before its child is dead.
    // The shell lives through a Ctrl-C, and what it starts does not inherit that.
    const told = `trap : INT; ${command}; echo "[status $?]"`;
    this.#child = spawn('script', ['--quiet', '--flush', '--command', told, '/dev/null'], {
      env: surroundings,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.on('data', (chunk) => (this.screen += String(chunk)));
    t.teardown(() => this.#child.kill('SIGKILL'));
  }

  async shows(what: RegExp): Promise<void> {
    while (!what.test(this.screen)) await once(this.#child.stdout, 'data');
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** What the command ended with; NaN where nobody said. */
  async status(): Promise<number> {
    await once(this.#child, 'close');
    return Number(/\[status (\d+)\]/.exec(this.screen)?.[1]);
  }
}

t.test('outcomes have colours, unless NO_COLOR or a dumb terminal says otherwise', async (t) => {
  const port = await openPort(t);
  const argv = ['check', `127.0.0.1:${port}`, '127.0.0.1:1'];
  const colored = new Terminal(t, argv);
  t.equal(await colored.status(), 1);
  t.match(colored.screen, `${ESCAPE}[32mopen`);
  t.match(colored.screen, `${ESCAPE}[31mrefused`);
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const plain = new Terminal(t, argv, env);
    t.equal(await plain.status(), 1);
    t.match(plain.screen, /open/);
    t.notOk(plain.screen.includes(ESCAPE), JSON.stringify(env));
  }
});

t.test('what takes longer than a second shows its progress, and Ctrl-C ends it with status 130', async (t) => {
  const port = await openPort(t);
  const terminal = new Terminal(t, [
    'check',
    `127.0.0.1:${port}`,
    `127.0.0.2:${port}`,
    '--count',
    '100',
    '--interval',
    '10s',
  ]);
  await terminal.shows(/-{30} 0 of 2, /);
  terminal.type(CTRL_C);
  t.equal(await terminal.status(), 130);
  t.match(terminal.screen, /cancelled[^]*2 targets: 0 ok, 2 not/);
});

t.test('the service’s log is laid out for people, with where the docs are and a first question', async (t) => {
  const terminal = new Terminal(t, ['serve', '--host', '127.0.0.1']);
  await terminal.shows(/try: curl -s 'http:\/\/127\.0\.0\.1:\d+\/check\?target=/);
  t.match(terminal.screen, /INFO.*reachd is listening/);
  t.match(terminal.screen, /docs: http:\/\/127\.0\.0\.1:\d+\/docs/);
  t.notMatch(terminal.screen, /"level"/);
  terminal.type(CTRL_C);
  t.equal(await terminal.status(), 0);
});
