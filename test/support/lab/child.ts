// The parent's end of a lab process: a TypeScript module run inside a network namespace, called over IPC.
// `ip netns exec` becomes the process it starts, so the channel and the signals reach the module itself.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Call, CarriedError } from './serve.ts';

const READY_LIMIT_MS = 60_000;
const EXIT_LIMIT_MS = 5000;

export interface ChildOptions {
  readonly args?: readonly string[];
  /** Options of node itself. */
  readonly flags?: readonly string[];
  /** Whether the child runs code of the product, whose coverage counts; default true. */
  readonly isMeasured?: boolean;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (reason: Error) => void;
}

type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

export class Child<M extends object> {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #waiting = new Map<number | 'ready', Waiting>();
  #lastId = 0;

  private constructor(namespaceName: string, module: URL, { args = [], flags = [], isMeasured = true }: ChildOptions) {
    this.#name = fileURLToPath(module);
    const node = [process.execPath, ...flags, ...loaderArguments(isMeasured), this.#name, ...args];
    this.#process = spawn('ip', ['netns', 'exec', namespaceName, ...node], {
      // Standard output belongs to the test's report.
      stdio: ['ignore', 2, 2, 'ipc'],
      serialization: 'advanced',
      env: isMeasured ? process.env : { ...process.env, NODE_OPTIONS: '' },
    });
    this.#process.on('message', (answer: Answer) => this.#settle(answer));
    this.#process.on('error', (error) => this.#failAll(error));
    this.#process.on('exit', (code, signal) =>
      this.#failAll(new Error(`${this.#name} ended with ${signal ?? `exit code ${code ?? '?'}`}`)),
    );
  }

  /** Resolves when the module serves; rejects if it ends first or is not there within a minute. */
  static async start<M extends object>(
    namespaceName: string,
    module: URL,
    options: ChildOptions = {},
  ): Promise<Child<M>> {
    const child = new Child<M>(namespaceName, module, options);
    const limit = setTimeout(() => child.#process.kill('SIGKILL'), READY_LIMIT_MS);
    try {
      await child.#wait('ready');
    } finally {
      clearTimeout(limit);
    }
    return child;
  }

  /** Calls a served method. What it throws is thrown here, with its name, code and stack. */
  call<K extends keyof M & string>(method: K, ...args: Arguments<M[K]>): Promise<Result<M[K]>> {
    if (!this.#process.connected) return Promise.reject(new Error(`${this.#name} is gone`));
    this.#lastId += 1;
    const message: Call = { id: this.#lastId, method, args };
    this.#process.send(message);
    return this.#wait(this.#lastId);
  }

  /** Ends the process by closing its channel, and by SIGKILL if it has not gone after 5 s. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    const limit = setTimeout(() => this.#process.kill('SIGKILL'), EXIT_LIMIT_MS);
    await exit;
    clearTimeout(limit);
  }

  #wait<T>(id: number | 'ready'): Promise<T> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(revive(answer.error));
    else waiting?.resolve(('value' in answer ? answer.value : undefined) as never);
  }

  #failAll(reason: Error): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

/**
 * The module needs the loader that runs this very process, if there is one: the runner's for TypeScript on Node 20,
 * none where Node strips types itself. Coverage and mocks are for the product's code alone.
 */
function loaderArguments(isMeasured: boolean): string[] {
  const runnerOnly = /@tapjs\/(mock|processinfo)\//;
  return process.execArgv.filter((argument) => isMeasured || !runnerOnly.test(argument));
}

function revive({ name, message, stack, code }: CarriedError): Error {
  const error = Object.assign(new Error(message), { name, code });
  if (stack !== undefined) error.stack = stack;
  return error;
}
