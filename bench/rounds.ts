// The order of a measurement: one round that does not count, then rounds in which all contenders run in turn, so that a
// neighbour's load falls on all of them alike.
import { MissingTool, type Report } from './report.ts';

export interface Contender {
  readonly name: string;
  /** One round. Throws MissingTool where it cannot run here at all. */
  readonly run: () => Promise<Report>;
}

/** What a contender has reported, a report for each round; none, and the reason, where it could not run. */
export interface Trial {
  readonly name: string;
  readonly reports: readonly Report[];
  readonly missing: string | null;
}

/** Runs the contenders in turn. The trials come in the order of the contenders. */
export async function inTurn<const Contenders extends readonly Contender[]>(
  rounds: number,
  contenders: Contenders,
): Promise<{ [Place in keyof Contenders]: Trial }> {
  const trials = await oneByOne(contenders, warmUp);
  for (let round = 0; round < rounds; round++) {
    await oneByOne(trials, async ({ contender, reports, missing }) => {
      if (missing === null) reports.push(await contender.run());
    });
  }
  const done = trials.map(({ contender, reports, missing }) => ({ name: contender.name, reports, missing }));
  return done as { [Place in keyof Contenders]: Trial };
}

/** A single round, for what takes long and does not depend on warmth. */
export async function once(contender: Contender): Promise<Trial> {
  const reports: Report[] = [];
  const { missing } = await warmUp({ ...contender, run: async () => (reports[0] = await contender.run()) });
  return { name: contender.name, reports, missing };
}

async function warmUp(
  contender: Contender,
): Promise<{ contender: Contender; reports: Report[]; missing: string | null }> {
  try {
    await contender.run();
    return { contender, reports: [], missing: null };
  } catch (failure) {
    if (!(failure instanceof MissingTool)) throw failure;
    return { contender, reports: [], missing: failure.message };
  }
}

async function oneByOne<From, To>(items: readonly From[], step: (item: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  for (const item of items) results.push(await step(item));
  return results;
}
