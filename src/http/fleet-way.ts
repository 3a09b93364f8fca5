// Whom a request is put to: this process, or the fleet under the same limits. Each is a checker to the rest of HTTP.
import type { Admission } from '../callers/admission.ts';
import { StreamPace } from '../callers/stream-pace.ts';
import type { CheckOptions, VantageAnswer } from '../check/result.ts';
import type { Contract } from '../contract/contract.ts';
import type { FleetQuestion } from '../contract/fleet-schemas.ts';
import type { Question } from '../contract/question-reader.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { invalidRequest } from './problems.ts';

export interface Way {
  readonly checker: Admission;
  /** Results of one target. */
  readonly width: number;
  /** How far ahead of its answers a stream asks. */
  readonly pace: () => StreamPace;
  /** What each vantage had to say; undefined where none was asked. */
  readonly answers: () => readonly VantageAnswer[] | undefined;
}

interface Parts {
  readonly checker: Admission;
  readonly fleet: Pick<FleetView, 'select'> | null;
  readonly contract: Contract;
}

export function wayHere(checker: Admission): Way {
  return { checker, width: 1, pace: () => new StreamPace(), answers: () => undefined };
}

/** Rejects where nobody is selected, or the fleet cannot be asked. */
export async function wayOf(question: FleetQuestion, options: CheckOptions, { checker, fleet }: Parts): Promise<Way> {
  if (fleet === null) throw new Error('no contract without a fleet takes its fields');
  const runner = await fleet.select(question, options);
  const { width } = runner;
  return {
    checker: checker.over(runner, width),
    width,
    pace: () => new StreamPace(Infinity),
    answers: () => runner.answers(),
  };
}

/** The same for a request that is known as a whole, whose results one reply has to hold: in `isLines`, line by line. */
export async function wayOfAll({ fleet, options, checks }: Question, parts: Parts, isLines: boolean): Promise<Way> {
  if (fleet === null) return wayHere(parts.checker);
  const way = await wayOf(fleet, options, parts);
  const { maxTargets, maxQueued } = parts.contract;
  const results = checks.length * way.width;
  if (results <= (isLines ? maxQueued : maxTargets)) return way;
  const most = isLines
    ? `${maxQueued} (MAX_QUEUED): more can be had by a stream`
    : `${maxTargets} (MAX_TARGETS): more can be had with Accept: application/x-ndjson`;
  const message = `selects vantages whose results come to ${results}, and a reply of this form holds at most ${most}`;
  throw invalidRequest([{ path: 'from', message }]);
}
