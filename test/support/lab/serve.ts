// The child's end of a lab process: answers calls that come over the IPC channel. The parent's end is child.ts.
// The channel's end is the order to go, whether the parent closed it or died.

/** Where the parent puts the IPC channel. */
export const IPC_FD = 3;

/** How long a child may take to close what it holds before it is ended from within. */
const CLOSE_LIMIT_MS = 2000;

export type Methods = Record<string, (...args: never[]) => unknown>;

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: 'ready' }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: CarriedError };

export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
}

/** Serves the methods until the parent goes; `close` is called before the process ends, and awaited for two seconds. */
export function serve(methods: Methods, close: () => unknown = () => undefined): void {
  process.on('message', (call: Call) => void answer(methods, call));
  process.on('disconnect', () => void leave(close));
  send({ id: 'ready' });
}

async function answer(methods: Methods, { id, method, args }: Call): Promise<void> {
  try {
    const run = methods[method];
    if (run === undefined) throw new TypeError(`no method ${method}`);
    send({ id, value: await run(...(args as never[])) });
  } catch (error) {
    send({ id, error: carry(error) });
  }
}

function carry(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, code: undefined };
  const { name, message, stack } = error;
  return { name, message, stack, code: 'code' in error ? error.code : undefined };
}

function send(message: Answer): void {
  if (process.connected) process.send?.(message);
}

async function leave(close: () => unknown): Promise<void> {
  // What hangs in close() may hang in process.exit() too; only a signal is certain then.
  const limit = setTimeout(() => process.kill(process.pid, 'SIGKILL'), CLOSE_LIMIT_MS);
  await close();
  clearTimeout(limit);
  process.exit();
}
