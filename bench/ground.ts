// What rows stand on: the C side, and the contenders that several rows share, each started by the first row that asks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Load } from './load/load.ts';
import { LoadProcess } from './load/load-process.ts';
import type { Contender } from './rounds.ts';
import { type Server, startBlackbox, startNetServer, startReachd } from './servers.ts';
import { type Work, Yardstick } from './yardstick.ts';

export class Ground {
  readonly yardstick = new Yardstick();
  readonly #folder = mkdtempSync(join(tmpdir(), 'reachd-bench-'));
  #reactor: LoadProcess<Load> | null = null;
  #net: LoadProcess<Load> | null = null;
  readonly #servers = new Map<() => Promise<Server>, Promise<Server>>();

  reachd = (): Promise<Server> => this.#server(startReachd);
  netServer = (): Promise<Server> => this.#server(startNetServer);
  blackbox = (): Promise<Server> => this.#server(startBlackbox);

  /** reachd's reactor, in a process without HTTP. */
  reactor(load: Load): Contender {
    return { name: 'reachd', run: () => (this.#reactor ??= new LoadProcess('reactor-load')).run(load) };
  }

  net(load: Load): Contender {
    return { name: 'net.connect', run: () => (this.#net ??= new LoadProcess('net-load')).run(load) };
  }

  plain(work: Work): Contender {
    return { name: 'C plain', run: () => this.yardstick.run(work, 'plain') };
  }

  fin(work: Work): Contender {
    return { name: 'C plain, FIN', run: () => this.yardstick.run(work, 'fin') };
  }

  reuse(work: Work): Contender {
    return { name: 'C reuse', run: () => this.yardstick.run(work, 'reuse') };
  }

  /** A file with the body of a request for `count` checks of one port. */
  bodyFile(port: number, count: number): string {
    const path = join(this.#folder, `${count}.json`);
    writeFileSync(path, checkBody(port, count));
    return path;
  }

  /** A file with `count` lines, each the target of one check of a port. */
  linesFile(port: number, count: number): string {
    const path = join(this.#folder, `${count}.txt`);
    writeFileSync(path, `127.0.0.1:${port}\n`.repeat(count));
    return path;
  }

  /** Where a file of that name may be written. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  remove(): void {
    this.yardstick.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #server(start: () => Promise<Server>): Promise<Server> {
    const server = this.#servers.get(start) ?? start();
    this.#servers.set(start, server);
    return server;
  }
}

export function checkBody(port: number, count: number): string {
  return JSON.stringify({ targets: Array.from({ length: count }, () => `127.0.0.1:${port}`) });
}
