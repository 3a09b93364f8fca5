// How many attempts fit under RLIMIT_NOFILE. At the limit libuv accepts HTTP connections and drops them at once, the
// health routes first, so part of the descriptors is kept back for HTTP, logs and the runtime itself.
import { readFileSync } from 'node:fs';

const RESERVE = 1024;
/** Event loops, pipes, listeners and open files of the process itself: 30 are usual. */
const RUNTIME = 48;
/** The fewest connections that are of any use. */
const MIN_CONNECTIONS = 8;

/** The soft limit from the text of /proc/PID/limits, see proc_pid_limits(5); Infinity when unlimited or unreadable. */
export function parseDescriptorLimit(limits: string): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Infinity : Number(soft);
}

/** For each of them that one caller may have in flight, the reactor keeps a 64th more for the others (its placesFor()). */
const PLACES = 65 / 64;
/** So many of the attempts may be with TLS at a time, and no more than MAX_TLS: they hold descriptors on the main thread. */
const TLS = 1 / 10;
const MAX_TLS = 256;

/**
 * The most attempts that one caller may have in flight under a limit, so that with those kept for others they leave 1024
 * descriptors free, or half of a small limit; at least one.
 */
export function maxAttemptsUnder(limit: number): number {
  const free = limit - Math.min(RESERVE, Math.ceil(limit / 2));
  // A descriptor for each place, and one for each attempt with TLS: a tenth of them, or MAX_TLS.
  return Math.max(1, Math.floor(Math.max(free / (PLACES + TLS), (free - MAX_TLS) / PLACES)));
}

/** The most attempts with TLS at a time where one caller may have `attempts` in flight. */
export function maxTlsAttempts(attempts: number): number {
  return Math.min(MAX_TLS, Math.ceil(attempts * TLS));
}

/**
 * The most HTTP connections that leave `attempts`, those with TLS too, and `others` that are served elsewhere, their
 * descriptors. Node refuses connections above it.
 */
export function maxConnectionsUnder(limit: number, attempts: number, others = 0): number {
  return Math.max(MIN_CONNECTIONS, limit - Math.floor(attempts * PLACES) - maxTlsAttempts(attempts) - RUNTIME - others);
}

/** The same for this process. Infinity where the limit cannot be read. */
export function maxConnectionsHere(attempts: number, others: number): number {
  return maxConnectionsUnder(limitHere(), attempts, others);
}

/** The most attempts for this process. Node raises the soft limit to the hard one when it starts. */
export function maxAttemptsHere(): number {
  return maxAttemptsUnder(limitHere());
}

/** Without /proc there is no cap; attempts above the limit are `failed` with EMFILE. */
function limitHere(): number {
  try {
    return parseDescriptorLimit(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return Infinity;
  }
}
