// The service as a process of its own, on a free loopback port, gone when its test ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { builtScript, countedScript, NODE_FLAGS } from './built-service.ts';

/** Where tap looks for coverage, in the form in which Node itself writes it. Only a run that measures has it. */
const COVERAGE = fileURLToPath(new URL('../../.tap/coverage', import.meta.url));
const isMeasured = process.env['_TAPJS_PROCESSINFO_COVERAGE_'] === '1';
const START_MS = 20_000;

interface Closing {
  teardown(close: () => unknown): unknown;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServiceOptions {
  readonly argv?: readonly string[];
  /** Added to this process's own; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Arguments of Node itself, before the script's name. */
  readonly nodeArgv?: readonly string[];
  /** What to run instead of the service of this run. Coverage counts only the latter. */
  readonly script?: string;
  /** What its standard input is: nothing, or a pipe. */
  readonly stdin?: 'ignore' | 'pipe';
  /** A command that runs what follows it and becomes it, such as `ip netns exec NAME`. */
  readonly within?: readonly string[];
}

export class Service {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  /** Log lines so far. */
  readonly log: Record<string, unknown>[] = [];
  #stdout = '';
  #stderr = '';

  constructor(
    t: Closing,
    { argv = [], env = {}, nodeArgv = [], script, stdin = 'ignore', within = [] }: ServiceOptions,
  ) {
    // tap adds preloads to NODE_OPTIONS of whatever it sees being spawned; env(1) takes them away again.
    const plainly = ['/usr/bin/env', '-u', 'NODE_OPTIONS'];
    if (script === undefined && isMeasured) plainly.push(`NODE_V8_COVERAGE=${COVERAGE}`);
    const run = script ?? (isMeasured ? countedScript() : builtScript());
    const [first = '', ...rest] = [...within, ...plainly, process.execPath, ...NODE_FLAGS, ...nodeArgv, run, ...argv];
    this.child = spawn(first, rest, {
      env: { ...process.env, PORT: '0', DRAIN_DELAY_MS: '0', ...env },
      stdio: [stdin, 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('both are pipes');
    createInterface({ input: stdout }).on('line', (line) => {
      this.#stdout += `${line}\n`;
      if (line.startsWith('{"level"')) this.log.push(JSON.parse(line) as Record<string, unknown>);
    });
    stderr.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
    t.teardown(() => {
      if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
      return this.ended;
    });
  }

  /** Where it listens, once it does. */
  async listening(): Promise<string> {
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      const line = this.log.find(({ msg }) => msg === 'reachd is listening');
      const url = (line?.['listening'] as string[] | undefined)?.[0];
      if (url !== undefined) return url;
      if (this.child.exitCode !== null) break;
      await sleep(10);
    }
    throw new Error(`the service did not start: ${this.#stderr}`);
  }

  /** Sends a signal and gives the ending, with the milliseconds that it took. */
  async end(signal: NodeJS.Signals): Promise<Ending & { tookMs: number }> {
    const startedAt = performance.now();
    this.child.kill(signal);
    return { ...(await this.ended), tookMs: performance.now() - startedAt };
  }
}

/** POST /check over the network. */
export function check(url: string, body: object, accept = 'application/json'): Promise<Response> {
  const headers = { accept, 'content-type': 'application/json' };
  return fetch(`${url}/check`, { method: 'POST', body: JSON.stringify(body), headers });
}
