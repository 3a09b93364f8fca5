// What others see of groups: HTTP, the status page and the metrics. Read-only; nothing here makes a check.
import type { CheckResult } from '../check/result.ts';
import type { Mode } from './telling.ts';
import type { State, Telling } from './verdict.ts';

/** A phase of whoever asks: one that starts waits for the first `up`, one that serves for as long as it lasts. */
export type Phase = 'startup' | 'serving';

/** The answer to a readiness probe. Times are wall clock, `ageMs` is monotonic. */
export interface Readiness {
  readonly group: string;
  readonly state: State;
  readonly ready: boolean;
  /** Since when it is in that state. */
  readonly since: string;
  /** When the last round that told something began; null before the first. */
  readonly checkedAt: string | null;
  /** No round has told anything for `staleAfterMs`: the verdict stands, and is old. */
  readonly stale: boolean;
  /** Milliseconds since `checkedAt`; null before the first. */
  readonly ageMs: number | null;
}

export interface Round {
  /** When it began. */
  readonly at: string;
  /** Null where it told nothing, for reachd itself could not ask. */
  readonly ok: boolean | null;
  /** Of its slowest target; null where no target was asked. */
  readonly latencyMs: number | null;
}

export interface Change {
  readonly at: string;
  readonly from: State;
  readonly to: State;
}

export interface TargetReport {
  /** Its name, else the target itself: what metrics call it. */
  readonly label: string;
  readonly target: string;
  /** Since when the last result says of the group what it says; null before the first. */
  readonly since: string | null;
  /** What the last result says of the group: an outcome that is not in `downOn` is good. */
  readonly counts: Telling | null;
  /** The last one. */
  readonly result: CheckResult | null;
}

/** A group with all that is known of it. */
export interface GroupReport extends Omit<Readiness, 'ageMs' | 'ready'> {
  readonly mode: Mode;
  /** The latest first. */
  readonly changes: readonly Change[];
  /** The oldest first. */
  readonly rounds: readonly Round[];
  readonly targets: readonly TargetReport[];
}

/** A group in numbers, for metrics. */
export interface GroupSnapshot {
  readonly group: string;
  readonly state: State;
  readonly targets: readonly {
    readonly target: string;
    /** Of the last result; null before the first, and where reachd itself could not ask. */
    readonly ok: boolean | null;
    readonly latencyMs: number | null;
  }[];
  /** How often it has changed to each state, since it is there. */
  readonly changes: Readonly<Record<State, number>>;
}

export interface GroupsView {
  /** Null where there is no group `name`. */
  readiness(name: string, phase: Phase): Readiness | null;
  /** In the order of the file. */
  report(): readonly GroupReport[];
  snapshot(): readonly GroupSnapshot[];
}
