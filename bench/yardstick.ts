// The C side: compiles bench/yardstick, keeps the loopback targets running, and runs one round of the plain epoll loop.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRepository } from './paths.ts';
import { requireTool, runTool, startProgram } from './program.ts';
import type { Report } from './report.ts';

/** open: accepts. bound: refuses. silent: does not answer. */
export type TargetKind = 'open' | 'bound' | 'silent';

export interface Work {
  readonly port: number;
  readonly checks: number;
  readonly inFlight: number;
  readonly handshake: 'half' | 'full';
  /** How every check must end. */
  readonly expected: 'open' | 'refused';
}

export class Yardstick {
  readonly #folder = mkdtempSync(join(tmpdir(), 'reachd-bench-'));
  readonly #built = new Map<string, Promise<string>>();
  readonly #ports = new Map<TargetKind, Promise<number>>();

  /** The port of a target on 127.0.0.1, which runs from the first call on. Throws MissingTool. */
  target(kind: TargetKind): Promise<number> {
    const port = this.#ports.get(kind) ?? this.#listen(kind);
    this.#ports.set(kind, port);
    return port;
  }

  /**
   * One round of the C loop. plain: a socket for each check, closed with RST. fin: the same, closed with FIN. reuse: sockets
   * serve again. Throws MissingTool.
   */
  async run(work: Work, sockets: 'plain' | 'fin' | 'reuse'): Promise<Report> {
    const { port, checks, inFlight, handshake, expected } = work;
    const program = await this.#build('epoll-baseline');
    const line = await runTool(program, ['127.0.0.1', `${port}`, `${checks}`, `${inFlight}`, handshake, sockets]);
    const found = /open (\d+), refused (\d+), other (\d+), (\d+) checks\/s, ([\d.]+) us/.exec(line);
    if (found === null) throw new Error(`the yardstick printed: ${line}`);
    const [open = 0, refused = 0, other = 0, checksPerSecond = 0, processorUs = 0] = found.slice(1).map(Number);
    const odd = expected === 'open' ? { refused, other } : { open, other };
    return {
      checksPerSecond,
      processorUs,
      odd: Object.fromEntries(Object.entries(odd).filter(([, count]) => count > 0)),
    };
  }

  /** Removes what was compiled. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #listen(kind: TargetKind): Promise<number> {
    const program = await this.#build('listener');
    const child = startProgram(program, ['0', kind], ['pipe', 'pipe', 'inherit']);
    return await new Promise((resolve, reject) => {
      child.stdout?.once('data', (port: Buffer) => resolve(Number(port.toString())));
      child.once('exit', (code) => reject(new Error(`the ${kind} target ended with ${code ?? 'a signal'}`)));
    });
  }

  #build(name: string): Promise<string> {
    const built = this.#built.get(name) ?? this.#compile(name);
    this.#built.set(name, built);
    return built;
  }

  async #compile(name: string): Promise<string> {
    requireTool('cc');
    const program = join(this.#folder, name);
    await runTool('cc', ['-O2', '-pthread', inRepository(`bench/yardstick/${name}.c`), '-o', program]);
    return program;
  }
}
