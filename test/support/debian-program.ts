// A server of Debian's, run as it is on a free port of 127.0.0.1 and gone when its test ends.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Closing {
  teardown(close: () => unknown): unknown;
}

const START_MS = 60_000;

/**
 * For a test's `skip`: why it cannot be run here, or false. In CI it is false: a machine that is meant to prove something
 * must not fall silent.
 */
export function withoutProgram(command: string): string | false {
  if (process.env['CI'] === 'true' || spawnSync(command, ['--version']).status === 0) return false;
  return `there is no ${command}; it is a package of Debian’s`;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder with these files, gone when the test ends. */
export function folderOf(t: Closing, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'reachd-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Starts `command` and returns its address once `path` of it answers. */
export async function startServer(
  t: Closing,
  command: string,
  path: string,
  argv: (address: string) => readonly string[],
): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(command, argv(address), { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  t.teardown(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  });
  const url = `http://${address}`;
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const reply = await fetch(`${url}${path}`).catch(() => null);
    if (reply?.ok === true) return url;
    await sleep(50);
  }
  throw new Error(`${command} did not start: ${stderr}`);
}

/** What promtool says of `input`: empty when it has nothing to say, which is praise. */
export function promtool(argv: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', argv, { input, encoding: 'utf8' });
  if (status === null) throw new Error('there is no promtool; it is in Debian’s package prometheus');
  return status === 0 ? stderr : `${stdout}${stderr}`;
}
