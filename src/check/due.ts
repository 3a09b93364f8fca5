// Many that give up at an instant of their own: those of one millisecond have one timer. Ten thousand checks of one name wait
// for one answer, and a timer for each would hold this thread when all are due at once.
import { monotonicMs } from '../clock.ts';
import { type Cancellable, Cancellation } from './cancellation.ts';

/** Those that are due in one millisecond. */
class Batch {
  readonly cancellation = new Cancellation();
  size = 0;
  timer: NodeJS.Timeout | undefined;
}

export class Due {
  /** By the millisecond in which they are due. */
  readonly #batches = new Map<number, Batch>();

  /** Members that are not due yet. */
  get size(): number {
    return [...this.#batches.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Cancels `member` in `ms` milliseconds, or a little after. Call what it returns when it need not be any more. */
  add(member: Cancellable, ms: number): () => void {
    const at = Math.ceil(monotonicMs() + ms);
    const batch = this.#batches.get(at) ?? this.#open(at);
    batch.size++;
    batch.cancellation.add(member);
    return () => this.#remove(member, at, batch);
  }

  #open(at: number): Batch {
    const batch = new Batch();
    this.#batches.set(at, batch);
    const end = (): void => {
      this.#batches.delete(at);
      batch.cancellation.cancel();
    };
    // Timers come before I/O: an answer that is here already gets its turn first.
    batch.timer = setTimeout(() => void setImmediate(end), at - monotonicMs());
    return batch;
  }

  #remove(member: Cancellable, at: number, batch: Batch): void {
    batch.cancellation.delete(member);
    if (--batch.size > 0 || this.#batches.get(at) !== batch) return;
    clearTimeout(batch.timer);
    this.#batches.delete(at);
  }
}
