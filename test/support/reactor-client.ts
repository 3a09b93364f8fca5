// A reactor on its real worker, for one test: started, spoken to in short, and gone with all its descriptors at the end.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { ReactorClient } from '../../src/reactor/client.ts';
import type { AttemptOptions } from '../../src/reactor/outstanding.ts';
import type { AttemptResult, Endpoint } from '../../src/reactor/protocol.ts';
import { WorkerThread } from '../../src/reactor/worker-thread.ts';

export interface ClientOptions {
  readonly maxInFlight?: number;
  readonly warn?: (message: string) => void;
}

/** Closed when the test ends. */
export async function startClient(t: Test, { maxInFlight = 64, warn }: ClientOptions = {}): Promise<ReactorClient> {
  const client = await new ReactorClient({ maxInFlight, ...(warn && { warn }) }).start();
  t.teardown(() => client.close(0));
  return client;
}

/** An attempt with the options that the test is about; half-open, within two seconds, of caller 1. */
export function attempt(
  client: ReactorClient,
  endpoint: Endpoint,
  { caller = 1, ...options }: Partial<AttemptOptions> = {},
): Promise<AttemptResult> {
  const defaults = {
    timeoutMs: 2000,
    deadline: Infinity,
    handshake: 'half',
    caller,
    request: caller,
    source: null,
  } as const;
  return client.attempt(endpoint, { ...defaults, ...options });
}

/** Whether `isSo` becomes true within `withinMs`. */
export async function until(isSo: () => boolean, withinMs = 5000): Promise<boolean> {
  const last = performance.now() + withinMs;
  while (performance.now() < last && !isSo()) await sleep(5);
  return isSo();
}

/** Makes the client's worker throw: the next message is one that no reactor can read. */
export function killWorker(client: ReactorClient, endpoint: Endpoint): Promise<AttemptResult> {
  const send = Object.getOwnPropertyDescriptor(WorkerThread.prototype, 'send')?.value as WorkerThread['send'];
  WorkerThread.prototype.send = function (this: WorkerThread): void {
    WorkerThread.prototype.send = send;
    send.call(this, new ArrayBuffer(3));
  };
  return attempt(client, endpoint);
}

/** How many results there are of each ending. */
export function tally(results: readonly { readonly ending: string }[]): Partial<Record<string, number>> {
  const counts: Partial<Record<string, number>> = {};
  for (const { ending } of results) counts[ending] = (counts[ending] ?? 0) + 1;
  return counts;
}
