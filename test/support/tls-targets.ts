// Servers that checks with TLS meet, and the phase that meets them: real sockets, the real worker, OpenSSL on both sides.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions as ServerOptions } from 'node:tls';
import { once } from 'node:events';
import type { Test } from 'tap';
import { Checker, type CheckerParts } from '../../src/check/checker.ts';
import { Resolver } from '../../src/check/resolver.ts';
import type { CheckOptions, CheckResult } from '../../src/check/result.ts';
import type { TlsOptions } from '../../src/check/tls.ts';
import type { ReactorClient } from '../../src/reactor/client.ts';
import { TlsGate } from '../../src/tls/gate.ts';
import { phaseOnDemand } from '../../src/tls/on-demand.ts';
import { only } from './build-checker.ts';
import type { Identity } from './certificates.ts';
import { checkOf } from './fake-reactor.ts';
import { inquiry } from './inquiry.ts';
import { startClient } from './reactor-client.ts';

/** A server, and what it was told: application data, and how each connection ended. */
export interface TlsTarget {
  readonly port: number;
  readonly data: Buffer[];
  /** An `end` for each FIN, the code of an error otherwise. */
  readonly ends: string[];
  readonly names: (string | false | null)[];
}

export async function tlsTarget(t: Test, identity: Identity, options: ServerOptions = {}): Promise<TlsTarget> {
  const data: Buffer[] = [];
  const ends: string[] = [];
  const names: TlsTarget['names'] = [];
  const server = createTlsServer({ cert: identity.cert, key: identity.key, ...options }, (socket) => {
    names.push((socket as { servername?: string | false }).servername ?? null);
    socket.on('data', (chunk: Buffer) => data.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? error.message));
    socket.on('end', () => ends.push('end'));
  });
  return { port: await listen(t, server), data, ends, names };
}

/** A server that speaks no TLS by itself. */
export function plainTarget(t: Test, greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    greet(socket);
  });
  return listen(t, server);
}

async function listen(t: Test, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export const TLS: TlsOptions = { servername: null, alpn: [], verify: true, minDaysLeft: 0 };

export interface TlsChecker {
  readonly checker: Checker;
  readonly client: ReactorClient;
  readonly gate: TlsGate;
  /** Checks one target, with TLS. */
  readonly ask: (target: string, tls?: Partial<TlsOptions>, options?: Partial<CheckOptions>) => Promise<CheckResult>;
}

/** A checker on the real reactor, which trusts the certificates in `file`. */
export async function tlsChecker(
  t: Test,
  file: string,
  parts: Partial<CheckerParts> = {},
  places = 64,
): Promise<TlsChecker> {
  const client = await startClient(t);
  const gate = new TlsGate(client, places);
  const checker = new Checker({
    reactor: gate,
    resolver: new Resolver(),
    policy: { judge: () => ({ allowed: true }) },
    maxQueued: 100_000,
    vantage: 'test',
    tls: phaseOnDemand({ file, env: {}, tell: () => undefined }),
    ...parts,
  });
  const ask: TlsChecker['ask'] = async (target, tls = {}, options = {}) =>
    only(await checker.check([checkOf(target, { tls: { ...TLS, ...tls }, ...options })], inquiry()));
  return { checker, client, gate, ask };
}
