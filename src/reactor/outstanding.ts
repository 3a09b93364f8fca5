// An attempt that has been asked for and has no result yet, as the main thread holds it.
import type { AttemptResult, Ending, StartOptions } from './protocol.ts';

/** Whoever waits for attempts, and may stop waiting: it tells its members to give up, once. */
export interface Waiting {
  readonly isCancelled: boolean;
  /** Whether nobody hears any more what became of them. */
  readonly isAbandoned: boolean;
  add(member: { cancel(): void }): void;
  delete(member: { cancel(): void }): void;
}

export interface AttemptOptions extends StartOptions {
  /** Cancelled: the attempt is cancelled. */
  readonly cancellation?: Waiting;
  /** Told of the instant of its connect(2), in monotonic milliseconds, unless it ends before that. */
  readonly onStart?: ((startedAt: number) => void) | undefined;
}

/** An attempt without a result. */
export class Outstanding {
  readonly slot: number;
  readonly settle: (result: AttemptResult) => void;
  readonly cancellation: Waiting | undefined;
  readonly onStart: ((startedAt: number) => void) | undefined;
  readonly #onCancel: (slot: number, isHeard: boolean) => void;

  constructor(
    slot: number,
    settle: (result: AttemptResult) => void,
    { cancellation, onStart }: AttemptOptions,
    onCancel: (slot: number, isHeard: boolean) => void,
  ) {
    this.slot = slot;
    this.settle = settle;
    this.cancellation = cancellation;
    this.onStart = onStart;
    this.#onCancel = onCancel;
  }

  /** A member of its cancellation until it has settled. */
  cancel(): void {
    this.#onCancel(this.slot, this.cancellation?.isAbandoned !== true);
  }
}

/** The result of an attempt that never reached the worker, or never came back from it. */
export function unasked(ending: Ending): AttemptResult {
  return {
    ending,
    syscall: null,
    errno: 0,
    latencyMs: null,
    queuedMs: 0,
    tcp: null,
    icmp: null,
    startedAt: null,
    local: null,
    connection: null,
  };
}
