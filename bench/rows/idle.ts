// Row i: the service while nothing is asked of it: how soon it is ready, how much memory it holds, and that its worker
// sleeps.
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool, startProgram, stopProgram } from '../program.ts';
import type { Report } from '../report.ts';
import { inTurn, once } from '../rounds.ts';
import { startReachd } from '../servers.ts';
import { alone } from '../table.ts';
import type { Row } from './row.ts';

const SETTLE_MS = 1000;
const ATTACH_MS = 500;
const WATCH_SECONDS = 10;

export const idleRow: Row = {
  letter: 'i',
  title: 'idle service',
  async run(_ground, rounds) {
    const [started] = await inTurn(rounds, [{ name: 'reachd', run: startAndWeigh }]);
    const watched = await once({ name: 'reachd', run: watchIdle });
    return [
      alone('i', 'start', 'readyMs', started, { atMost: 250 }),
      alone('i', 'start', 'residentMb', started),
      alone('i', 'idle', 'workerCalls', watched, { atMost: 0 }),
      alone('i', 'idle', 'residentMb', watched, { atMost: 80 }),
    ];
  },
};

async function startAndWeigh(): Promise<Report> {
  const server = await startReachd();
  await sleep(SETTLE_MS);
  const residentMb = residentMbOf(server.pid);
  await server.stop();
  return { readyMs: server.readyMs, residentMb };
}

function residentMbOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Throws MissingTool. */
async function watchIdle(): Promise<Report> {
  requireTool('strace');
  const server = await startReachd();
  await sleep(SETTLE_MS);
  const worker = workerOf(server.pid);
  try {
    return { workerCalls: await countCalls(worker), residentMb: residentMbOf(server.pid) };
  } finally {
    await server.stop();
  }
}

/** The one thread that blocks in an epoll_wait for as many events as the reactor's poller takes; libuv's take 1024. */
function workerOf(pid: number): string {
  const tasks = `/proc/${pid}/task`;
  const worker = readdirSync(tasks).find(
    (task) => readFileSync(`${tasks}/${task}/syscall`, 'utf8').split(' ')[3] === '0x200',
  );
  if (worker === undefined) throw new Error('no thread of the service is blocked as the reactor should be');
  return worker;
}

/** System calls that the thread enters in ten seconds. strace's own arrival ends a wait, so the first moment is left out. */
async function countCalls(thread: string): Promise<number> {
  const strace = startProgram('strace', ['-ttt', '-p', thread], ['ignore', 'ignore', 'pipe']);
  if (strace.stderr === null) throw new Error('strace has no output');
  const printed = text(strace.stderr);
  await sleep(ATTACH_MS);
  const begin = Date.now() / 1000;
  await sleep(WATCH_SECONDS * 1000);
  await stopProgram(strace);
  const lines = (await printed).split('\n');
  if (!lines.some((line) => line.includes('attached'))) throw new Error(`strace says: ${lines.join(' ')}`);
  return lines.filter((line) => Number(line.split(' ')[0]) > begin).length;
}
