// Where the process is in its life, in one field. HTTP reads it (readiness, `connection: close`, problems while
// closing); main.ts and shutdown.ts move it, forward only.

const STATES = ['starting', 'serving', 'draining', 'closing'] as const;
export type LifecycleState = (typeof STATES)[number];

export class Lifecycle {
  #state: LifecycleState = 'starting';
  readonly #checks = new AbortController();

  get state(): LifecycleState {
    return this.#state;
  }

  /** Aborted once, when the grace period is over: cancels every check that is still running. */
  get checksAborted(): AbortSignal {
    return this.#checks.signal;
  }

  /** Moves on to `state`; a step back is ignored, so that a late "serving" cannot undo an early SIGTERM. */
  enter(state: LifecycleState): void {
    if (STATES.indexOf(state) > STATES.indexOf(this.#state)) this.#state = state;
  }

  abortChecks(): void {
    this.#checks.abort();
  }
}
