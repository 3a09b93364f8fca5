// What this process has open, from /proc/self/fd: the leak test. Kinds, not numbers, so that a difference reads as
// "two more sockets" and not as inode numbers.
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';

/** How many descriptors of each kind are open: `socket`, `anon_inode:[eventpoll]`, `pipe`, a path. */
export function openDescriptors(): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const number of readdirSync('/proc/self/fd')) {
    const kind = kindOf(number);
    if (kind !== null) kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

/** Asserts that what is open is what was open at `baseline`, within `withinMs`. */
export async function assertBack(t: Test, baseline: Record<string, number>, withinMs = 0): Promise<void> {
  const last = performance.now() + withinMs;
  while (performance.now() < last && !isSame(openDescriptors(), baseline)) await sleep(20);
  t.same(openDescriptors(), baseline, 'no descriptor is left behind');
}

function isSame(a: Record<string, number>, b: Record<string, number>): boolean {
  const kinds = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...kinds].every((kind) => a[kind] === b[kind]);
}

/** Null for the descriptor that the listing itself had open. */
function kindOf(number: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${number}`).replace(/^(socket|pipe):.*/, '$1');
  } catch {
    return null;
  }
}
