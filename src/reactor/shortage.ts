// Which failures of our own system calls are worth another try: some shortages pass when other attempts have ended.
import type { SystemCallError } from '../../native-bindings/syscall.ts';
import type { Attempt } from './attempt.ts';

const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN', 'ENOSPC']);
const MAX_RETRIES = 2;
/** How long an attempt is put off. */
export const RETRY_MS = 20;

/** Whether `attempt` should start again RETRY_MS after `now`: that may succeed, and its deadline leaves time for it. */
export function isWorthRetrying(failure: SystemCallError, attempt: Attempt, now: number): boolean {
  // bind(2) asks for an address and not for a port: an address that this machine does not have will not appear.
  if (failure.syscall === 'bind' && failure.code === 'EADDRNOTAVAIL') return false;
  return PASSING.has(failure.code) && attempt.retries < MAX_RETRIES && attempt.deadline > now + RETRY_MS;
}
