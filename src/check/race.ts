// Several addresses of one name. `any` is RFC 8305: families take turns, an attempt starts when the one before it has
// failed or is 250 ms old, the first open one wins and the others are cancelled.
import { monotonicMs } from '../clock.ts';
import type { Address } from '../net/address.ts';
import { onAbort } from './on-abort.ts';
import type { AttemptReport } from './result.ts';

/** RFC 8305, section 5: Connection Attempt Delay. */
export const STAGGER_MS = 250;
/** The contract's shortest timeout: with less time left, an attempt would prove nothing of its address. */
const LEAST_MS = 10;
/** The reason of every abort. Left to itself, each would make an error of its own, with a stack that nobody reads. */
const DECIDED = new DOMException('no further attempt is wanted', 'AbortError');

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
  // Not AbortSignal.any: a caller's signal may serve many requests, and it remembers whatever was derived from it.
  const stop = new AbortController();
  const forget = onAbort(signal, () => stop.abort(DECIDED));
  if (signal.aborted) stop.abort(DECIDED);
  const attempts: Promise<AttemptReport>[] = [];
  for (const address of addresses) {
    const late = attempts.length > 0 && deadline - monotonicMs() < LEAST_MS;
    if (late || stop.signal.aborted) break;
    const report = attempt(address, stop.signal);
    attempts.push(report);
    void report.then(({ outcome }) => {
      if (outcome === 'open') stop.abort(DECIDED);
    });
    await headStart(report);
  }
  const reports = await Promise.all(attempts);
  forget();
  return reports;
}

/** Until the attempt has settled, as it also does when somebody wins, or its time alone is over. */
function headStart(report: Promise<AttemptReport>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STAGGER_MS);
    void report.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
