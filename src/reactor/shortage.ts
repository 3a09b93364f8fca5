// What to do where a system call of our own fails: some shortages pass when other attempts have ended.
import type { SystemCallError } from '../../native-bindings/syscall.ts';
import type { Attempt } from './attempt.ts';

const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN', 'ENOSPC']);
const MAX_RETRIES = 2;
/** How long an attempt is put off. */
export const RETRY_MS = 20;

/** Whether another start of `attempt`, in a moment and within its deadline, may succeed where this one failed. */
export function isWorthRetrying(failure: SystemCallError, attempt: Attempt, now: number): boolean {
  // bind(2) asks for an address, not for a port: one that is not ours will not become ours.
  if (failure.syscall === 'bind' && failure.code === 'EADDRNOTAVAIL') return false;
  return PASSING.has(failure.code) && attempt.retries < MAX_RETRIES && attempt.deadline > now + RETRY_MS;
}
