// What a form of the output does: it is told of answers, one after the other, and of the end.
import type { StreamSummary, VantageAnswer } from '../../check/result.ts';
import type { Answer } from '../door.ts';
import type { Entry } from '../targets.ts';

export interface Row {
  readonly index: number;
  readonly entry: Entry;
  readonly answer: Answer;
}

/** What all came to. */
export interface Report {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly vantage: string;
  /** Of a fleet, who was asked; null where none was. */
  readonly vantages: readonly VantageAnswer[] | null;
  readonly durationMs: number;
  readonly summary: StreamSummary;
}

export interface Form {
  /** Whether rows have to come in the order of the targets; else they come as they settle. */
  readonly isOrdered: boolean;
  row(row: Row): void;
  end(report: Report): void;
}

export const OUTPUTS = ['table', 'json', 'ndjson', 'tap', 'junit'] as const;
export type OutputName = (typeof OUTPUTS)[number];
