// The command as a process of its own, and a target that is open.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Ending, Service, type ServiceOptions } from './service.ts';

interface Closing {
  teardown(close: () => unknown): unknown;
}

/** Runs `reachd` with the words of `argv` to its end; `input` is its standard input. */
export function reachd(
  t: Closing,
  argv: readonly string[],
  { input, ...options }: ServiceOptions & { readonly input?: string } = {},
): Promise<Ending> {
  const command = new Service(t, { argv, stdin: input === undefined ? 'ignore' : 'pipe', ...options });
  command.child.stdin?.end(input);
  return command.ended;
}

/** The port of a listener on 127.0.0.1 and all other loopback addresses; gone with the test. */
export async function openPort(t: Closing): Promise<number> {
  // A check that the kernel has acknowledged after all is accepted, and reset.
  const server = createServer((socket) => socket.on('error', () => undefined).resume()).listen({
    port: 0,
    host: '0.0.0.0',
    backlog: 4096,
  });
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as { port: number }).port;
}
