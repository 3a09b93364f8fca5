// The programs that the bench starts beside itself: each is found before it is started, known by its process, and
// stopped when the bench ends, however it ends.
import { type ChildProcess, execFile, spawn, type StdioOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MissingTool } from './report.ts';

const run = promisify(execFile);
const running = new Set<ChildProcess>();

/** Throws MissingTool where no directory of PATH has such a program. */
export function requireTool(name: string): void {
  const found = (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new MissingTool(`${name} is not installed`);
}

/** Runs a program to its end, within a minute, and returns what it printed. */
export async function runTool(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await run(command, args, { timeout: 60_000, env: { ...process.env, ...env } });
  return stdout;
}

/** Starts a program that stays. */
export function startProgram(command: string, args: readonly string[], stdio: StdioOptions, env = {}): ChildProcess {
  return keepTrack(spawn(command, args, { stdio, env: { ...process.env, ...env } }));
}

/** From now on the bench will stop `child` when it ends. */
export function keepTrack(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends a program: kindly, then after two seconds not. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 2000);
  await gone;
  clearTimeout(hard);
}

export async function stopAllPrograms(): Promise<void> {
  await Promise.all([...running].map(stopProgram));
}

/** A port of 127.0.0.1 that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the free port has no number');
  return address.port;
}

/** Asks `url` again and again until it answers 200; rejects after `withinMs`, or when `child` has ended. */
export async function untilReady(url: string, child: ChildProcess, withinMs: number): Promise<void> {
  const giveUp = performance.now() + withinMs;
  while (performance.now() < giveUp) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode} before it was ready`);
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(2);
  }
  throw new Error(`${url} was not ready within ${withinMs} ms`);
}
