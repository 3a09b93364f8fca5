// What the kernel knows of another process, from proc(5): its descriptors by kind, its reactor's thread and wake, and the
// connects that are under way to a port.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';

const SYN_SENT = '02';
/** epoll_wait(2) on x86-64. libuv's loops call epoll_pwait(2) instead, so only the reactor's thread is in this one. */
const EPOLL_WAIT = '232';
/** The data words that the poller gives to its own eventfd. */
const WAKE_DATA = 'ffffffffffffffff';
const BACK_MS = 5000;

export type Kinds = Readonly<Record<string, number>>;

/** How many descriptors of each kind the process has open. */
export function descriptorsOf(pid: number): Kinds {
  const kinds: Record<string, number> = {};
  for (const fd of list(`/proc/${pid}/fd`)) {
    const kind = linkOf(`/proc/${pid}/fd/${fd}`)?.replace(/^(socket|pipe):.*/, '$1');
    if (kind !== undefined) kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

/** Asserts that the process has open what it had at `baseline`, within five seconds. */
export async function assertBackIn(t: Test, pid: number, baseline: Kinds, what = 'descriptors'): Promise<void> {
  const last = performance.now() + BACK_MS;
  const isBack = (): boolean => JSON.stringify(sorted(descriptorsOf(pid))) === JSON.stringify(sorted(baseline));
  while (performance.now() < last && !isBack()) await sleep(20);
  t.same(descriptorsOf(pid), baseline, `${what} are back at the baseline`);
}

/** The thread that waits in the reactor's epoll_wait, once it does. Throws when there is none within five seconds. */
export async function reactorThread(pid: number): Promise<number> {
  const last = performance.now() + BACK_MS;
  while (performance.now() < last) {
    const thread = list(`/proc/${pid}/task`).find((tid) => callOf(pid, tid) === EPOLL_WAIT);
    if (thread !== undefined) return Number(thread);
    await sleep(5);
  }
  throw new Error(`no thread of process ${pid} waits in epoll_wait`);
}

/** How many connects to a port of 127.0.0.1 have sent their SYN and have no answer, in the namespace of this process. */
export function connectsUnderWay(port: number): number {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => line.includes(` ${remote} ${SYN_SENT} `)).length;
}

/** How many sockets the reactor watches, idle ones included. */
export function reactorSockets(pid: number): number {
  for (const fd of list(`/proc/${pid}/fdinfo`)) {
    const watched = text(`/proc/${pid}/fdinfo/${fd}`);
    if (watched.includes(WAKE_DATA)) return watched.split('tfd:').length - 2;
  }
  return 0;
}

/** How long each of these threads was ready to run and did not, in milliseconds: other processes' doing. */
export function waitedMs(pid: number, ...threads: readonly number[]): number[] {
  return threads.map((tid) => Number(text(`/proc/${pid}/task/${tid}/schedstat`).split(' ')[1] ?? 0) / 1e6);
}

function callOf(pid: number, tid: string): string | undefined {
  return text(`/proc/${pid}/task/${tid}/syscall`).split(' ', 1)[0];
}

function sorted(kinds: Kinds): [string, number][] {
  return Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
}

// A thread or a descriptor may go between the listing and the look.
function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
