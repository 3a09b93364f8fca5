// Several addresses of one name. `any` is RFC 8305: families take turns, an attempt starts when the one before it has
// failed or is 250 ms old, the first open one wins and the others are cancelled. `all` attempts every address at once.
import { monotonicMs } from '../clock.ts';
import type { Address } from './address.ts';
import type { AttemptReport } from './result.ts';

/** RFC 8305, section 5: Connection Attempt Delay. */
export const STAGGER_MS = 250;
/** The contract's shortest timeout: with less time left, an attempt would prove nothing of its address. */
const LEAST_MS = 10;

/** One attempt on one address, ended early by `signal`. Never rejects. */
export type Attempting = (address: Address, signal: AbortSignal) => Promise<AttemptReport>;

/** The addresses with their families taking turns, each family in its own order, beginning with the first one's. */
export function interleave(addresses: readonly Address[]): readonly Address[] {
  const first = addresses.filter((address) => address.family === addresses[0]?.family);
  const second = addresses.filter((address) => address.family !== addresses[0]?.family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/** The reports of the attempts that were made by `deadline` (monotonic milliseconds), in the order of their start. */
export async function race(
  addresses: readonly Address[],
  attempt: Attempting,
  deadline: number,
  signal: AbortSignal,
): Promise<AttemptReport[]> {
  const won = new AbortController();
  const stop = AbortSignal.any([signal, won.signal]);
  const attempts: Promise<AttemptReport>[] = [];
  for (const address of addresses) {
    const late = attempts.length > 0 && deadline - monotonicMs() < LEAST_MS;
    if (late || stop.aborted) break;
    const report = attempt(address, stop);
    attempts.push(report);
    void report.then(({ outcome }) => {
      if (outcome === 'open') won.abort();
    });
    await headStart(report, stop);
  }
  return Promise.all(attempts);
}

/** Until the attempt has settled, somebody has won, or its time alone is over. */
function headStart(report: Promise<AttemptReport>, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(go, STAGGER_MS);
    function go(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', go);
      resolve();
    }
    stop.addEventListener('abort', go);
    void report.then(go);
  });
}
