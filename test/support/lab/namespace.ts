// A network namespace with the processes that run in it. Nothing connects it to the machine's own network.
//
// A janitor, a shell process of its own session, waits for its standard input to end and then removes the namespace:
// close() ends it, and so does any death of the test process.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { Child, type ChildOptions } from './child.ts';
import { runCommand } from './run-command.ts';

const PREFIX = 'reachd';

// Processes of the namespace go by themselves when the test does; whoever has not gone after three seconds is killed.
const JANITOR = `
  read -r _
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    [ -n "$(ip netns pids "$1" 2>/dev/null)" ] || break
    sleep 0.1
  done
  for pid in $(ip netns pids "$1" 2>/dev/null); do kill -9 "$pid"; done
  ip netns delete "$1" 2>/dev/null
  rm -rf "/etc/netns/$1"
`;

/** The system files that `ip netns exec` puts over those in /etc, by name. */
export type EtcFiles = Readonly<Record<string, string>>;

export type RouteKind = 'unreachable' | 'prohibit' | 'blackhole';

let created = 0;

export class Namespace {
  readonly name: string;
  readonly #janitor: ChildProcess;
  readonly #children: Child<object>[] = [];

  private constructor(name: string) {
    this.name = name;
    this.#janitor = spawn('sh', ['-c', JANITOR, 'janitor', name], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
  }

  /** A new namespace with its loopback device up. First removes what test processes that are dead left behind. */
  static async create(etc: EtcFiles = {}): Promise<Namespace> {
    if (created === 0) await sweep();
    created += 1;
    const namespace = new Namespace(`${PREFIX}-${process.pid}-${created}`);
    try {
      await namespace.#setUp(etc);
    } catch (error) {
      await namespace.close();
      throw error;
    }
    return namespace;
  }

  /** Runs lines of `ip` inside, as one batch. */
  async ip(...lines: string[]): Promise<void> {
    await runCommand('ip', ['-n', this.name, '-batch', '-'], lines.join('\n'));
  }

  /** Runs any command inside; resolves to its output. */
  run(command: string, args: readonly string[], input?: string): Promise<string> {
    return runCommand('ip', ['netns', 'exec', this.name, command, ...args], input);
  }

  /** Sets kernel parameters by their path below /proc/sys/net, as `ipv4/icmp_ratelimit`. */
  async sysctl(values: Readonly<Record<string, number | string>>): Promise<void> {
    const lines = Object.entries(values).map(([path, value]) => `echo '${value}' > /proc/sys/net/${path}`);
    await this.run('sh', ['-e'], lines.join('\n'));
  }

  /** Adds a route that fails in its own way: EHOSTUNREACH, EACCES, EINVAL (FACTS: from connect() itself). */
  async route(kind: RouteKind, prefix: string): Promise<void> {
    await this.ip(`route add ${kind} ${prefix}`);
  }

  /** Starts a module that serves methods; the namespace ends it on close. */
  async start<M extends object>(module: URL, options?: ChildOptions): Promise<Child<M>> {
    const child = await Child.start<M>(this.name, module, options);
    this.#children.push(child as Child<object>);
    return child;
  }

  /** Ends what runs inside, then removes the namespace and its files. */
  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.close()));
    if (this.#janitor.exitCode !== null) return;
    const exit = once(this.#janitor, 'exit');
    this.#janitor.stdin?.end();
    await exit;
  }

  async #setUp(etc: EtcFiles): Promise<void> {
    await mkdir(`/etc/netns/${this.name}`, { recursive: true });
    await Promise.all(
      Object.entries(etc).map(([file, content]) => writeFile(`/etc/netns/${this.name}/${file}`, content)),
    );
    await runCommand('ip', ['netns', 'add', this.name]);
    await this.ip('link set lo up');
  }
}

async function sweep(): Promise<void> {
  const listed = (await runCommand('ip', ['netns', 'list'])).matchAll(new RegExp(`^(${PREFIX}-(\\d+)-\\d+)`, 'gm'));
  const left = [...listed].filter(([, , pid = '']) => !existsSync(`/proc/${pid}`));
  await Promise.all(left.map(([, name = '']) => runCommand('sh', ['-c', JANITOR, 'janitor', name])));
}
