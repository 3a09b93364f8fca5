// The verdict of a group: rounds in, `unknown`, `up` or `down` out. Pure: it knows neither time nor targets. A round that
// tells nothing changes nothing, so that reachd's own trouble never turns a verdict.

export const STATES = ['unknown', 'up', 'down'] as const;
export type State = (typeof STATES)[number];

/** What a round, or one target in it, says of the group; void: nothing, for reachd itself could not ask. */
export const TELLINGS = ['good', 'bad', 'void'] as const;
export type Telling = (typeof TELLINGS)[number];

export interface Verdict {
  readonly state: State;
  /** The rounds in a row that say the same, void ones left out. */
  readonly streak: { readonly telling: Exclude<Telling, 'void'>; readonly rounds: number } | null;
  /** It is up, and that has still to be announced. */
  readonly isWaiting: boolean;
}

export interface Thresholds {
  /** Good rounds in a row that it takes to be up, 1 or more. */
  readonly rise: number;
  /** Bad rounds in a row that it takes to be down, 1 or more. */
  readonly fall: number;
  /** Up is not announced by the round itself, but later, by `announced`. */
  readonly isSpread: boolean;
}

export const UNKNOWN: Verdict = { state: 'unknown', streak: null, isWaiting: false };

/** The verdict after one more round. */
export function afterRound(verdict: Verdict, telling: Telling, { rise, fall, isSpread }: Thresholds): Verdict {
  if (telling === 'void') return verdict;
  const rounds = verdict.streak?.telling === telling ? verdict.streak.rounds + 1 : 1;
  const next: Verdict = { ...verdict, streak: { telling, rounds } };
  if (telling === 'bad') return rounds < fall ? next : { ...next, state: 'down', isWaiting: false };
  if (rounds < rise || verdict.state === 'up') return next;
  return isSpread ? { ...next, isWaiting: true } : { ...next, state: 'up', isWaiting: false };
}

/** The verdict once its wait is over. */
export function announced(verdict: Verdict): Verdict {
  return verdict.isWaiting ? { ...verdict, state: 'up', isWaiting: false } : verdict;
}

/** The verdict stands, and rounds are counted anew: they will be of another question. */
export function recounted(verdict: Verdict): Verdict {
  return { ...verdict, streak: null };
}
