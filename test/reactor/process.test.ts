// What holding a reactor means to its process: it can always end, and while it is idle it does nothing at all.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { builtAgent } from '../support/built-service.ts';
import { silentPort } from '../support/raw-sockets.ts';

const PROCESS = builtAgent(fileURLToPath(new URL('../support/client-process.ts', import.meta.url)));

t.setTimeout(180_000);

/** Starts a process that ends in its own way; killed if the test ends before it does. */
function start(t: Test, way: string, port = 0): ChildProcess {
  const child = spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, PROCESS, way, String(port)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Resolves when the process is ready, to the number of its reactor's epoll descriptor. */
async function ready(child: ChildProcess): Promise<number> {
  for await (const said of child.stdout ?? []) return Number(said);
  throw new Error('it ended before it was ready');
}

const WAYS: readonly (readonly [way: string, code: number | null, signal: NodeJS.Signals | null])[] = [
  ['process.exit()', 0, null],
  ['an uncaught exception', 1, null],
  ['an unhandled rejection', 1, null],
  ['close()', 0, null],
  ['SIGINT with a handler', 0, null],
  ['SIGTERM by default', null, 'SIGTERM'],
  ['exit during start', 0, null],
];

for (const [way, code, signal] of WAYS) {
  t.test(`${way} ends the process within a second, with the worker blocked in its wait`, async (t) => {
    const child = start(t, way, silentPort(t).port);
    await ready(child);
    const saidAt = performance.now();
    const late = sleep(10_000, ['it hangs'], { ref: false });
    t.same(await Promise.race([once(child, 'exit'), late]), [code, signal]);
    const tookMs = performance.now() - saidAt;
    t.ok(tookMs < 1000, `it took ${tookMs.toFixed()} ms`);
  });
}

/** Why system calls cannot be watched here, or false. */
function straceUnavailable(): string | false {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? false : 'strace is missing, or not allowed';
}

const reason = straceUnavailable();
t.test('an idle reactor makes no system calls', { skip: process.env['CI'] === 'true' ? false : reason }, async (t) => {
  t.equal(reason, false, 'CI needs strace');
  const child = start(t, 'idle');
  const epollFd = await ready(child);
  await sleep(1000);

  const lines = await watchCalls(t, child, 4000);
  // Its own thread is the one that waits on its descriptor: to be watched interrupts that wait, and it is made again.
  const wait = new RegExp(`^(\\d+) .*epoll_p?wait\\(${epollFd},`);
  const thread = lines.map((line) => wait.exec(line)?.[1]).find((id) => id !== undefined);
  t.ok(thread, 'its thread was seen');
  const [first = 0, ...calls] = lines.filter((line) => line.startsWith(`${thread} `)).map(secondsOf);
  t.same(
    calls.filter((at) => at > first + 0.5 && at < first + 3.5),
    [],
    'not one call in three seconds',
  );

  child.stdin?.end();
  t.same(await once(child, 'exit'), [0, null]);
});

/** The log of strace: thread, time and call on each line. */
async function watchCalls(t: Test, child: ChildProcess, forMs: number): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'reachd-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const log = join(directory, 'calls');
  const watcher = spawn('strace', ['-f', '-ttt', '-o', log, '-p', String(child.pid)], { stdio: 'ignore' });
  await sleep(forMs);
  watcher.kill('SIGINT');
  await once(watcher, 'exit');
  return readFileSync(log, 'utf8').trim().split('\n');
}

function secondsOf(line: string): number {
  return Number(/^\d+ +(\d+\.\d+)/.exec(line)?.[1]);
}
