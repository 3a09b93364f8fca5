// Those who wait for room of some kind, and look again when there may be some. Nobody is promised a place: all are told,
// and each looks for itself, so that no room is lost on one who has left meanwhile.
import type { Waiting } from './run.ts';

/** A reason to wait. */
export interface Wait {
  /** Calls `look` once, when there may be room. */
  join(look: () => void): void;
  /** `look` is not called any more. */
  leave(look: () => void): void;
}

export class WaitingLine implements Wait {
  readonly #looks = new Set<() => void>();

  join(look: () => void): void {
    this.#looks.add(look);
  }

  leave(look: () => void): void {
    this.#looks.delete(look);
  }

  /** There may be room. Whoever finds none joins again. */
  wake(): void {
    if (this.#looks.size === 0) return;
    const looks = [...this.#looks];
    this.#looks.clear();
    for (const look of looks) look();
  }
}

/** A wait that a clock ends, in milliseconds. */
export class Pause implements Wait {
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  join(look: () => void): void {
    this.#timer = setTimeout(look, Math.ceil(this.#ms));
  }

  leave(): void {
    clearTimeout(this.#timer);
  }
}

/** Waits for any of `waits`. Resolves with false when the request is cancelled, or its deadline passes, before that. */
export function waitFor(waits: readonly Wait[], { cancellation, deadline }: Waiting): Promise<boolean> {
  if (cancellation.isCancelled || deadline.isPassed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (came: boolean): void => {
      for (const wait of waits) wait.leave(look);
      cancellation.delete(member);
      deadline.passed.delete(member);
      resolve(came);
    };
    const look = (): void => end(true);
    const member = { cancel: () => end(false) };
    for (const wait of waits) wait.join(look);
    cancellation.add(member);
    deadline.passed.add(member);
  });
}
