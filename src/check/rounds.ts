// A check's rounds of attempts: one, or `count` of them at an interval, each with a deadline of its own.
import { monotonicMs } from '../clock.ts';
import { attempt, type Plan } from './attempt.ts';
import type { Cancellation } from './cancellation.ts';
import { isOneEnough } from './expectation.ts';
import { race } from './race.ts';
import type { AttemptReport } from './result.ts';

/**
 * Makes the rounds of `plan`, and resolves with each one's reports. The first ends by `deadline` (monotonic milliseconds);
 * each later one has the whole timeout again. Rounds start `intervalMs` apart, or as soon as the one before has ended; a
 * cancelled check begins no further one.
 */
export async function makeRounds(
  plan: Plan,
  deadline: number,
  cancellation: Cancellation,
): Promise<readonly AttemptReport[][]> {
  const { count, intervalMs, timeoutMs } = plan.check.options;
  let startedAt = monotonicMs();
  const rounds = [await makeRound(plan, deadline, cancellation)];
  while (rounds.length < count && (await pauseUntil(startedAt + intervalMs, cancellation))) {
    startedAt = monotonicMs();
    rounds.push(await makeRound(plan, startedAt + timeoutMs, cancellation));
  }
  return rounds;
}

/** One attempt on the only address, or on several: as a race where the first open one decides, else all at once. */
function makeRound(plan: Plan, deadline: number, cancellation: Cancellation): Promise<AttemptReport[]> {
  const { addresses, check } = plan;
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1) {
    return attempt(plan, only, deadline, cancellation).then((report) => [report]);
  }
  // Without a race each has the whole time.
  if (isOneEnough(check.options)) return race(plan, deadline, cancellation);
  return Promise.all(addresses.map((address) => attempt(plan, address, deadline, cancellation)));
}

/** Whether the instant came before the check was cancelled. */
function pauseUntil(instant: number, cancellation: Cancellation): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (came: boolean): void => {
      clearTimeout(timer);
      cancellation.delete(pause);
      resolve(came);
    };
    const timer = setTimeout(() => end(true), Math.max(0, instant - monotonicMs()));
    const pause = { cancel: () => end(false) };
    cancellation.add(pause);
  });
}
