// What a word of the command asks through: this process, or a server. Either answers one target after the other, as many
// at a time as it has room for.
import type { CheckResult, VantageAnswer } from '../check/result.ts';

/** What became of a target; or why it is none. */
export type Answer = { readonly result: CheckResult } | { readonly problem: string };

export interface Door {
  /** From where is asked; empty while nobody has said it. */
  readonly vantage: string;
  /** What the vantages of a fleet had to say, at the end; null where none was asked. */
  readonly vantages: readonly VantageAnswer[] | null;
  /** Asks for `target`, of which a fleet gives an answer for each vantage. It is written as in a list of them. Where there is no room it is not asked: ask again after the promise. */
  ask(target: string, answered: (answer: Answer) => void): Promise<void> | null;
  /** What has no answer becomes `cancelled`, soon. */
  cancel(): void;
  /** Resolves when everything is answered. Rejects with a DoorError. Call once, after the last target. */
  finish(): Promise<void>;
  /** Resolves when nothing of it is left. The last thing to call. */
  close(): Promise<void>;
}

/** The door does not open, or has fallen shut: a line for who asked. */
export class DoorError extends Error {
  override readonly name = 'DoorError';
}
