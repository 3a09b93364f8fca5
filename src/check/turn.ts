// One attempt's wait for its turn, at a place that this thread hands out: it ends with the turn, with the request's
// deadline, or when its caller leaves. Such a wait counts for nothing but the request's deadline.
import type { Queued, Turns } from '../callers/turns.ts';
import type { AttemptResult } from '../reactor/protocol.ts';
import type { Cancellation } from './cancellation.ts';

/** How a wait ended: with a turn, or without. */
export type TurnEnd = 'turn' | 'not-started' | 'cancelled';

/** Whose turn it is, and what ends the wait early. */
export interface TurnOptions {
  readonly caller: number;
  readonly request: number;
  /** Cancelled: its caller has left. */
  readonly cancellation: Cancellation;
  /** Cancelled at its request's deadline. */
  readonly passed: Cancellation;
}

/** Who waits for a turn. */
export class TurnWaiter implements Queued<TurnWaiter> {
  line: Queued<TurnWaiter>['line'] = null;
  ahead: TurnWaiter | null = null;
  behind: TurnWaiter | null = null;
  end: (end: TurnEnd) => void = () => undefined;

  cancel(): void {
    this.end('cancelled');
  }
}

/** Stands in line until it is told `turn`, its request's deadline has passed, or its caller has left. */
export function waitForTurn(turns: Turns<TurnWaiter>, options: TurnOptions): Promise<TurnEnd> {
  const { caller, request, passed, cancellation } = options;
  return new Promise((resolve) => {
    const waiter = new TurnWaiter();
    const late = { cancel: () => waiter.end('not-started') };
    waiter.end = (end) => {
      cancellation.delete(waiter);
      passed.delete(late);
      turns.remove(waiter);
      resolve(end);
    };
    turns.push(caller, request, waiter);
    cancellation.add(waiter);
    passed.add(late);
  });
}

/** The result of an attempt that never had its turn. */
export function unasked(ending: Exclude<TurnEnd, 'turn'>, queuedMs: number): AttemptResult {
  return {
    ending,
    syscall: null,
    errno: 0,
    latencyMs: null,
    queuedMs,
    tcp: null,
    icmp: null,
    startedAt: null,
    local: null,
    connection: null,
  };
}
