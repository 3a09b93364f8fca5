// Runs an unpacked image as a strict container runtime would: PID 1 of its own PID namespace, a read-only root, its own
// network with nothing but loopback, the image's user without any capability. It takes root. What runs, as whom and with
// which environment comes from the image's own configuration; nothing here knows reachd.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** The part of an image's configuration, as Docker writes it, that running it takes. */
export interface ImageConfig {
  /** `uid:gid`. */
  readonly User: string;
  /** `NAME=value`, each. */
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

export interface Image {
  /** The directory that holds the image's files. */
  readonly root: string;
  readonly config: ImageConfig;
}

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// $1 is the root, the rest what to execute in it. /dev and /sys come from outside, as a runtime's do; in /sys a process reads
// how much memory it may have. The root is remounted only after they are there. chroot and everything after it replace the shell, so the last of them is PID 1.
const PID_1 = `
  mount --bind "$1" "$1"
  mount --rbind /dev "$1/dev"
  mount --rbind /sys "$1/sys"
  mount -t proc proc "$1/proc"
  mount -o remount,bind,ro "$1"
  ip link set lo up
  exec chroot "$@"
`;

export class Container {
  readonly #image: Image;
  readonly #env: readonly string[];
  readonly #process: ChildProcess;
  readonly #output: Promise<Output>;

  /** `env` goes over the image's own environment, as `docker run --env` does. `within`: a command that starts it. */
  constructor(image: Image, env: Readonly<Record<string, string>> = {}, within: readonly string[] = []) {
    this.#image = image;
    this.#env = [...image.config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    const namespaces = ['--mount', '--pid', '--net', '--fork', '--kill-child'];
    const entry = this.#asUser(image.config.Entrypoint);
    const unshare = ['unshare', ...namespaces, 'sh', '-euc', PID_1, 'container', image.root, ...entry];
    const [command = '', ...args] = [...within, ...unshare];
    this.#process = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#output = outputOf(this.#process);
  }

  /** The number that PID 1 has outside; null once it has gone, and for an instant after the start. */
  get pid(): number | null {
    const { pid } = this.#process;
    if (pid === undefined || this.#process.exitCode !== null) return null;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? null : Number(children);
  }

  /** A file of PID 1 below /proc. */
  read(name: string): string {
    return readFileSync(`/proc/${this.#runningPid()}/${name}`, 'utf8');
  }

  /** Executes a command in all of the container's namespaces, as its user, with its environment and what `env` adds. */
  async run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Output> {
    const target = ['--target', String(this.#runningPid()), '--mount', '--pid', '--net', '--root'];
    return await outputOf(spawn('nsenter', [...target, ...this.#asUser(command, env)]));
  }

  /** Sends PID 1 a signal and resolves to how it ended; what has not ended within the limit is killed. */
  async stop(signal: NodeJS.Signals, limitMs: number): Promise<Output> {
    process.kill(this.#runningPid(), signal);
    const timer = setTimeout(() => this.kill(), limitMs);
    try {
      return await this.#output;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves to its output, when it ends by itself. */
  end(): Promise<Output> {
    return this.#output;
  }

  /** PID 1 itself: a change of user has taken from it the signal that --kill-child would send. */
  kill(): void {
    if (this.pid === null) this.#process.kill('SIGKILL');
    else process.kill(this.pid, 'SIGKILL');
  }

  #runningPid(): number {
    const { pid } = this;
    if (pid === null) throw new Error('the container is not running');
    return pid;
  }

  #asUser(command: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
    const { User, WorkingDir } = this.#image.config;
    const [uid = '', gid = uid] = User.split(':');
    const user = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
    const added = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const capabilities = ['--bounding-set=-all', '--inh-caps=-all'];
    return [...user, ...capabilities, 'env', `--chdir=${WorkingDir}`, '-i', ...this.#env, ...added, ...command];
  }
}

async function outputOf(child: ChildProcess): Promise<Output> {
  if (child.stdout === null || child.stderr === null) throw new Error('its output is not piped');
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}
