// The loads that a contender in a process of its own can be asked for, and how each is made out of single checks. The
// reactor and net.connect go through the same code: only the check itself differs.
import { type Report } from '../report.ts';
import type { Work } from '../yardstick.ts';
import { Tally, type Seen } from './tally.ts';

export type Load =
  /** `work.inFlight` checks at any time, until `work.checks` are done. */
  | { readonly kind: 'steady'; readonly work: Work }
  /** All checks asked for at once. */
  | { readonly kind: 'burst'; readonly work: Work }
  /** One check after the other, while the thread that asks is busy for half of its time. */
  | { readonly kind: 'busy'; readonly work: Work };

/** How a contender makes a check. `read` is apart from `start` so that no promise is paid for twice. */
export interface Checks<Result> {
  start(port: number, handshake: 'half' | 'full'): Promise<Result>;
  read(result: Result): Seen;
}

const BUSY_MS = 5;

export async function runLoad<Result>(load: Load, checks: Checks<Result>): Promise<Report> {
  switch (load.kind) {
    case 'steady':
      return await keepInFlight(load.work, checks);
    case 'burst':
      return await keepInFlight({ ...load.work, inFlight: load.work.checks }, checks);
    case 'busy':
      return await whileBusy(load.work, checks);
  }
}

async function keepInFlight<Result>(work: Work, checks: Checks<Result>): Promise<Report> {
  const tally = new Tally(work.checks, work.expected);
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started++ < work.checks) tally.note(checks.read(await checks.start(work.port, work.handshake)));
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: work.inFlight }, lane));
  return tally.report((performance.now() - begin) / 1000);
}

async function whileBusy<Result>(work: Work, checks: Checks<Result>): Promise<Report> {
  const spinner = setInterval(() => {
    const until = performance.now() + BUSY_MS;
    while (performance.now() < until);
  }, 2 * BUSY_MS);
  try {
    return await keepInFlight({ ...work, inFlight: 1 }, checks);
  } finally {
    clearInterval(spinner);
  }
}
