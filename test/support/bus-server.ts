// nats-server as Debian has it, on a free port of 127.0.0.1, gone when its test ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, folderOf } from './debian-program.ts';
import type { Identity } from './certificates.ts';

export const NATS_SERVER = '/usr/sbin/nats-server';
const START_MS = 60_000;

interface Closing {
  teardown(close: () => unknown): unknown;
}

export interface BusServerOptions {
  readonly identity: Identity;
  /** What is included: accounts or an authorization. */
  readonly users: string;
}

export class BusServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly port: number;
  readonly #log: string[] = [];
  readonly ended: Promise<unknown>;

  private constructor(folder: string, port: number, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.port = port;
    const argv = ['--config', join(folder, 'server.conf')];
    this.#child = spawn(NATS_SERVER, argv, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.on('data', (chunk) => this.#log.push(String(chunk)));
    this.ended = once(this.#child, 'close');
  }

  /** One that takes connections. */
  static async start(t: Closing, { identity, users }: BusServerOptions): Promise<BusServer> {
    const port = await freePort();
    const folder = folderOf(t, { 'tls.crt': identity.cert, 'tls.key': identity.key, 'users.conf': users });
    const tls = `tls { cert_file: "${join(folder, 'tls.crt')}", key_file: "${join(folder, 'tls.key')}" }`;
    writeFileSync(join(folder, 'server.conf'), `host: 127.0.0.1\nport: ${port}\n${tls}\ninclude users.conf\n`);
    return BusServer.of(t, folder, port);
  }

  /** One without TLS, that asks nobody who he is. */
  static async open(t: Closing): Promise<BusServer> {
    const port = await freePort();
    const folder = folderOf(t, { 'server.conf': `host: 127.0.0.1\nport: ${port}\n` });
    return BusServer.of(t, folder, port);
  }

  /** The server of the `server.conf` in this folder, which has it listen on this port. */
  static async of(t: Closing, folder: string, port: number, env: NodeJS.ProcessEnv = {}): Promise<BusServer> {
    const server = new BusServer(folder, port, env);
    t.teardown(() => server.kill());
    await server.#listening();
    return server;
  }

  get url(): string {
    return `tls://127.0.0.1:${this.port}`;
  }

  get log(): string {
    return this.#log.join('');
  }

  /** Has it read other users. */
  reload(users: string): void {
    writeFileSync(join(this.#folder, 'users.conf'), users);
    this.#child.kill('SIGHUP');
  }

  /** SIGSTOP and SIGCONT: it stands still meanwhile, and nobody is told. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** Another one in its place, after it was killed. */
  restart(t: Closing): Promise<BusServer> {
    return BusServer.of(t, this.#folder, this.port);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.ended;
  }

  async #listening(): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline && this.#child.exitCode === null) {
      if (await accepts(this.port)) return;
      await sleep(20);
    }
    throw new Error(`nats-server did not start: ${this.log}`);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const isOpen = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return isOpen;
}
