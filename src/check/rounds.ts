// A check's rounds of attempts: one, or `count` of them at an interval, each with the whole timeout.
import { monotonicMs } from '../clock.ts';
import { ask, attempt, type Plan, report } from './attempt.ts';
import { isOneEnough } from './expectation.ts';
import { finding, type Finding } from './outcome.ts';
import { race } from './race.ts';
import type { AttemptReport } from './result.ts';
import type { Waiting } from './run.ts';
import { Pause, waitFor } from './waiting-line.ts';

/** The reports of each round. */
export type Rounds = readonly AttemptReport[][];

/**
 * Makes the rounds of `plan`, and calls `done` with each one's reports. The first has `firstTimeoutMs`, what the lookup left
 * of the timeout; each later one has the whole of it. Rounds start `intervalMs` apart, or as soon as the one before has
 * ended; a check that is cancelled, or whose request's deadline has passed, begins no further one.
 */
export function makeRounds(plan: Plan, firstTimeoutMs: number, done: (rounds: Rounds) => void): void {
  const { addresses, check, waiting } = plan;
  const [only] = addresses;
  if (only === undefined || addresses.length > 1 || check.options.count > 1) {
    makeEach(plan, firstTimeoutMs)
      .then(done)
      .catch((error: unknown) => plan.break(error));
    return;
  }
  // Nearly every check. A further promise for it would live until its answer is here, and so be copied by the collector.
  void ask(plan, only, firstTimeoutMs, waiting.cancellation).then((result) => {
    try {
      done([[report(plan, only, result)]]);
    } catch (error) {
      plan.break(error);
    }
  });
}

async function makeEach(plan: Plan, firstTimeoutMs: number): Promise<Rounds> {
  const { count, intervalMs, timeoutMs } = plan.check.options;
  let startedAt = monotonicMs();
  const rounds = [numbered(1, count, await makeRound(plan, firstTimeoutMs))];
  while (rounds.length < count && (await pauseUntil(startedAt + intervalMs, plan))) {
    startedAt = monotonicMs();
    rounds.push(numbered(rounds.length + 1, count, await makeRound(plan, timeoutMs)));
  }
  return rounds;
}

/** The reports of one round of `count`, with its number where there are several. */
function numbered(round: number, count: number, reports: AttemptReport[]): AttemptReport[] {
  return count === 1 ? reports : reports.map((report) => ({ round, ...report }));
}

/** One attempt on the only address, or on several: as a race where the first open one decides, else all at once. */
function makeRound(plan: Plan, timeoutMs: number): Promise<AttemptReport[]> {
  const { addresses, check, waiting } = plan;
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1) {
    return attempt(plan, only, timeoutMs, waiting.cancellation).then((only) => [only]);
  }
  // Without a race each has the whole time.
  if (isOneEnough(check.options)) return race(plan, timeoutMs);
  return Promise.all(addresses.map((address) => attempt(plan, address, timeoutMs, waiting.cancellation)));
}

/** Whether the instant came, and room for the next round, before the check was cancelled and its request's deadline passed. */
async function pauseUntil(instant: number, { grant, waiting }: Plan): Promise<boolean> {
  grant.pause();
  return (await waitFor([new Pause(Math.max(0, instant - monotonicMs()))], waiting)) && grant.resume(waiting);
}

/** What kept a check from further rounds after the first `made` ones. */
export function interruptionOf({ cancellation }: Waiting, made: number): Finding {
  const after = `after ${made} of its rounds`;
  return cancellation.isCancelled
    ? finding('cancelled', 'local', 'ECANCELED', `cancelled ${after}`)
    : finding('failed', 'deadline', 'cut-short', `the request’s deadline passed ${after}`);
}
