// Whether the worker's loop turns, as the main thread sees it. An idle loop sleeps and its heartbeat stands still, so the
// main thread calls it, at most once a second: the call wakes the loop, and the heartbeat goes up. A loop is silent when it
// does not answer a call.
import { monotonicMs } from '../clock.ts';
import type { WorkerThread } from './worker-thread.ts';

const BETWEEN_CALLS_MS = 1000;

export class Pulse {
  readonly #worker: Pick<WorkerThread, 'heartbeat' | 'wake'>;
  /** The last call for a sign of life: the heartbeat as it stood, and when. */
  #call = { heartbeat: -1, at: 0 };

  constructor(worker: Pick<WorkerThread, 'heartbeat' | 'wake'>) {
    this.#worker = worker;
  }

  /** For how many milliseconds a call has been unanswered; 0 when none is. Calls when the last call is old enough. */
  silentMs(): number {
    const now = monotonicMs();
    const { heartbeat } = this.#worker;
    if (heartbeat === this.#call.heartbeat) return now - this.#call.at;
    if (now - this.#call.at >= BETWEEN_CALLS_MS) {
      this.#call = { heartbeat, at: now };
      this.#worker.wake();
    }
    return 0;
  }
}
