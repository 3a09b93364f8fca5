// A check's rounds of attempts: one, or `count` of them at an interval, each with the whole timeout.
import { monotonicMs } from '../clock.ts';
import type { Address } from '../net/address.ts';
import { ask, attempt, type Plan, report } from './attempt.ts';
import { isOneEnough } from './expectation.ts';
import { finding, type Finding } from './outcome.ts';
import { race } from './race.ts';
import type { AttemptReport } from './result.ts';
import type { Waiting } from './run.ts';
import { secure, secureWinner } from './secure.ts';
import { Pause, waitFor } from './waiting-line.ts';

/** The reports of each round. */
export type Rounds = readonly AttemptReport[][];

/**
 * Makes the rounds of `plan`, and calls `done` with it and each one's reports. The first has `firstTimeoutMs`, what the lookup left
 * of the timeout; each later one has the whole of it. Rounds start `intervalMs` apart, or as soon as the one before has
 * ended; a check that is cancelled, or whose request's deadline has passed, begins no further one.
 */
export function makeRounds<P extends Plan>(
  plan: P,
  firstTimeoutMs: number,
  done: (plan: P, rounds: Rounds) => void,
): void {
  const { addresses, check, waiting, securing } = plan;
  const [only] = addresses;
  if (only === undefined || addresses.length > 1 || check.options.count > 1 || securing !== null) {
    makeEach(plan, firstTimeoutMs)
      .then((rounds) => done(plan, rounds))
      .catch((error: unknown) => plan.break(error));
    return;
  }
  // Nearly every check: the fewer objects wait with it for its answer, the fewer does the collector copy.
  ask(plan, only, firstTimeoutMs, waiting.cancellation, (result) => {
    try {
      done(plan, [[report(plan, only, result)]]);
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
  const { addresses, check, securing } = plan;
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1) return askOne(plan, only, timeoutMs).then((report) => [report]);
  if (isOneEnough(check.options)) {
    const raced = race(plan, timeoutMs);
    return securing === null ? raced : raced.then((reports) => secureWinner(plan, securing, reports));
  }
  // Without a race each has the whole time.
  return Promise.all(addresses.map((address) => askOne(plan, address, timeoutMs)));
}

/** One attempt, and what the check asks beyond it. */
function askOne(plan: Plan, address: Address, timeoutMs: number): Promise<AttemptReport> {
  const { securing, waiting } = plan;
  const asked = attempt(plan, address, timeoutMs, waiting.cancellation);
  return securing === null ? asked : asked.then((report) => secure(plan, securing, report));
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
