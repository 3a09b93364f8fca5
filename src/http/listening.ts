// Where a server listens, and how it stops: what PORT and METRICS_PORT have in common.
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Those of METRICS_PORT, its own: strangers there take none of the connections of PORT. */
export const METRICS_CONNECTIONS = 32;
const SWEEP_MS = 50;
/**
 * Connections that wait to be accepted, which is one a turn of the event loop; the kernel makes it no more than somaxconn,
 * see listen(2). Of a thousand callers at once Node's 511 lose some their SYN, and they come a second later.
 */
const BACKLOG = 4096;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** The setting that has the port, for a message. */
  readonly setting: string;
  readonly logLevel: string;
}

/** Rejects with an Error whose one line says what is in the way. */
export async function listen(app: FastifyInstance, { host, port, setting, logLevel }: ListenOptions): Promise<void> {
  // Fastify announces every address in a line of its own; the start of the service is told in one.
  app.log.level = 'silent';
  try {
    await app.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    const why = explain(error as NodeJS.ErrnoException, setting);
    throw new Error(`cannot listen on ${host}:${port}: ${why}`, { cause: error });
  }
  app.log.level = logLevel;
}

function explain(error: NodeJS.ErrnoException, setting: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `another process is listening there; choose another ${setting}`;
    case 'EACCES':
      return `this user may not listen on that port; choose a ${setting} above 1023`;
    case 'EADDRNOTAVAIL':
      return 'HOST is not an address of this machine';
    case 'ENOTFOUND':
      return 'HOST is a name that does not resolve';
    default:
      return error.message;
  }
}

/** Resolves when the last request has its reply. */
export async function closeServer(app: FastifyInstance): Promise<void> {
  // When it stops listening, Node closes idle connections. Those whose reply ends later become idle later: close them too.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  await app.close();
  clearInterval(sweep);
}

export function portOf(app: FastifyInstance): number {
  return (app.addresses() as AddressInfo[])[0]?.port ?? 0;
}

export function urlsOf(app: FastifyInstance): string[] {
  const addresses = app.addresses() as AddressInfo[];
  return addresses.map(({ address, family, port }) => `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`);
}
