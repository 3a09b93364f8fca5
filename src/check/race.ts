// Several addresses of one name. `any` is RFC 8305: families take turns, an attempt starts when the one before it has
// failed or is 250 ms old, the first open one wins and the others are cancelled.
import { monotonicMs } from '../clock.ts';
import type { Address } from '../net/address.ts';
import { attempt, type Plan } from './attempt.ts';
import { Cancellation } from './cancellation.ts';
import type { AttemptReport } from './result.ts';

/** RFC 8305, section 5: Connection Attempt Delay. */
export const STAGGER_MS = 250;
/** The contract's shortest timeout: with less time left, an attempt would prove nothing of its address. */
const MIN_LEFT_MS = 10;

/** The addresses with their families taking turns, each family in its own order, beginning with the first one's. */
export function interleave(addresses: readonly Address[]): readonly Address[] {
  const first = addresses.filter((address) => address.family === addresses[0]?.family);
  const second = addresses.filter((address) => address.family !== addresses[0]?.family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/** The reports of the attempts that were made by `deadline` (monotonic milliseconds), in the order of their start. */
export async function race(plan: Plan, deadline: number, cancellation: Cancellation): Promise<AttemptReport[]> {
  const decided = new Cancellation();
  if (cancellation.isCancelled) decided.cancel();
  cancellation.add(decided);
  const attempts: Promise<AttemptReport>[] = [];
  for (const address of plan.addresses) {
    const isLate = attempts.length > 0 && deadline - monotonicMs() < MIN_LEFT_MS;
    if (isLate || decided.isCancelled) break;
    const report = attempt(plan, address, deadline, decided);
    attempts.push(report);
    void report.then(({ outcome }) => {
      if (outcome === 'open') decided.cancel();
    });
    await headStart(report);
  }
  const reports = await Promise.all(attempts);
  cancellation.delete(decided);
  return reports;
}

/** Until the attempt has settled, as it also does when another wins, or its time alone is over. */
function headStart(report: Promise<AttemptReport>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STAGGER_MS);
    void report.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
