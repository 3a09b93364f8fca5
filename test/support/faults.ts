// System calls of a running process that fail on demand: strace(1) tampers with them. A call that is made to fail is not
// made at all. Only processes that the test has started are attached to.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';

const ATTACH_MS = 10_000;

export interface FaultOptions {
  /** The thread to attach to; with `everyThread` its whole process, threads to come included. */
  readonly thread: number;
  readonly everyThread?: boolean;
  /** By system call, as strace takes it: `error=EMFILE:when=3+5`, `retval=0`, `delay_enter=2s`. It counts by thread. */
  readonly inject: Readonly<Record<string, string>>;
  /** Only calls on descriptors that lead there, as /proc/PID/fd shows it. */
  readonly path?: string;
}

/** A fault that is under way. */
export class Fault {
  readonly #strace: ChildProcess;
  readonly #log: string;
  readonly #directory: string;

  private constructor({ thread, everyThread, inject, path }: FaultOptions) {
    this.#directory = mkdtempSync(join(tmpdir(), 'reachd-fault-'));
    this.#log = join(this.#directory, 'calls');
    const filter = [...(path === undefined ? [] : ['-P', path]), ...(everyThread === true ? ['-f'] : [])];
    const rules = Object.entries(inject).flatMap(([syscall, how]) => ['-e', `inject=${syscall}:${how}`]);
    const what = ['-e', `trace=${Object.keys(inject).join(',')}`, ...rules];
    this.#strace = spawn('strace', [...filter, ...what, '-o', this.#log, '-p', String(thread)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Resolves when calls are being tampered with. The end of the test ends it, if nothing before does. */
  static async begin(t: Test, options: FaultOptions): Promise<Fault> {
    const fault = new Fault(options);
    t.teardown(() => fault.end());
    let said = '';
    fault.#strace.stderr?.on('data', (chunk) => (said += String(chunk)));
    const last = performance.now() + ATTACH_MS;
    while (!said.includes('attached') && fault.#strace.exitCode === null && performance.now() < last) await sleep(2);
    if (!said.includes('attached')) throw new Error(`strace did not attach: ${said}`);
    return fault;
  }

  /** Lets calls pass again, and returns how many were tampered with. */
  async end(): Promise<number> {
    if (this.#strace.exitCode === null && this.#strace.signalCode === null) {
      const exit = once(this.#strace, 'exit');
      this.#strace.kill('SIGINT');
      await exit;
    }
    const count = this.count;
    rmSync(this.#directory, { recursive: true, force: true });
    return count;
  }

  /** Calls that were tampered with so far. */
  get count(): number {
    try {
      return readFileSync(this.#log, 'utf8').split('(INJECTED').length - 1;
    } catch {
      return 0;
    }
  }
}

/**
 * A test that needs strace. Without it, it is skipped, with the reason; in CI it fails: a machine that is meant to prove
 * something must not fall silent.
 */
export function faultTest(name: string, body: (t: Test) => unknown): void {
  const reason = faultsUnavailable();
  if (reason !== false && process.env['CI'] === 'true') {
    t.test(name, (t) => {
      t.fail(`CI needs strace: ${reason}`);
      t.end();
    });
    return;
  }
  t.test(name, { skip: reason }, body);
}

/** Why calls cannot be tampered with here, or false. */
export function faultsUnavailable(): string | false {
  // The reactor's thread is known by its system call's number.
  if (process.arch !== 'x64') return 'the reactor thread is recognized on x86-64 only';
  const tried = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=close:error=EIO:when=1000', 'true']);
  return tried.status === 0 ? false : 'strace is missing, or not allowed';
}
