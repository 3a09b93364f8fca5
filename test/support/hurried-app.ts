// The HTTP application in a hurry: what it gives slow callers, as configured, is divided by a hundred.
import type { Server } from 'node:http';
import type { Test } from 'tap';
import { build, listen } from './build.ts';

/** Node's server has it, Node's types do not: how often it looks for requests that are late, from when it listens. */
export type Checking = Server & { connectionsCheckingInterval: number };

export async function hurried(t: Test): Promise<{ readonly port: number; readonly server: Server }> {
  const built = await build(t);
  const server = built.app.server as Checking;
  server.headersTimeout /= 100;
  server.requestTimeout /= 100;
  server.keepAliveTimeout /= 100;
  server.timeout /= 100;
  server.connectionsCheckingInterval = 50;
  return { port: await listen(built), server };
}
