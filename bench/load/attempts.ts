// An attempt of the reactor's as the loads see it: where it goes, and what its result comes to.
import { ECONNREFUSED } from '../../native-bindings/linux.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import type { Seen } from './tally.ts';

export const TIMEOUT_MS = 3000;
export const loopback = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } as const;

export function seenOf({ ending, errno, latencyMs, tcp }: AttemptResult): Seen {
  const outcome = ending === 'established' ? 'open' : errno === ECONNREFUSED ? 'refused' : `${ending} ${errno}`;
  return { outcome, latencyMs: latencyMs ?? NaN, rttMs: tcp === null ? null : tcp.rttUs / 1000 };
}
