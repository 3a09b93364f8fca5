// The HTTP servers under test, each in its own process on a free port of 127.0.0.1: reachd as it is started for real,
// the route on net.connect, and blackbox_exporter. Logs go nowhere, but they are written.
import type { ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inRepository } from './paths.ts';
import { freePort, requireTool, startProgram, stopProgram, untilReady } from './program.ts';

const READY_WITHIN_MS = 20_000;

export interface Server {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its first 200. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** reachd with its defaults, and whatever `env` changes. */
export async function startReachd(env: Record<string, string> = {}): Promise<Server> {
  const port = await freePort();
  const launch = () =>
    startProgram(inRepository('bin/reachd'), [], QUIET, {
      HOST: '127.0.0.1',
      PORT: `${port}`,
      ...env,
    });
  return await start(port, 'readyz', launch);
}

export async function startNetServer(): Promise<Server> {
  const port = await freePort();
  const entry = fileURLToPath(new URL(`./net-server${extname(import.meta.url)}`, import.meta.url));
  return await start(port, 'readyz', () => startProgram(process.execPath, [entry, '--port', `${port}`], QUIET));
}

/** Throws MissingTool. */
export async function startBlackbox(): Promise<Server> {
  const command = 'prometheus-blackbox-exporter';
  requireTool(command);
  const port = await freePort();
  const args = [`--config.file=${inRepository('bench/wrk/blackbox.yml')}`, `--web.listen-address=127.0.0.1:${port}`];
  return await start(port, '-/healthy', () => startProgram(command, args, QUIET));
}

const QUIET = ['ignore', 'ignore', 'ignore'] as const satisfies string[];

async function start(port: number, health: string, launch: () => ChildProcess): Promise<Server> {
  const url = `http://127.0.0.1:${port}`;
  const begin = performance.now();
  const child = launch();
  await untilReady(`${url}/${health}`, child, READY_WITHIN_MS);
  const readyMs = performance.now() - begin;
  return { url, pid: child.pid ?? 0, readyMs, stop: () => stopProgram(child) };
}
