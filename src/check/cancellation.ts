// Whether an answer is still wanted. A request has one cancellation; its lookups, pauses, races and attempts are members
// while they wait, and are told once: in slices where they are many, for each has something to do then. It stands in
// for AbortSignal inside: there a listener costs more than a whole check, and each of thousands of listeners on one signal
// is compared with all before it.
import { performance } from 'node:perf_hooks';

/** Something that can be told to give up. */
export interface Cancellable {
  cancel(): void;
}

/** How long members are told in one turn of the event loop. */
const SLICE_MS = 5;
/** Members that are told without a look at the clock. */
const UNWATCHED = 64;

/** All of a thread's cancellations share one such slice: when it is over; null before the first of them has begun it. */
let sliceEnd: number | null = null;

function endOfSlice(now: number): number {
  if (sliceEnd === null) setImmediate(() => (sliceEnd = null));
  return (sliceEnd ??= now + SLICE_MS);
}

export class Cancellation implements Cancellable {
  #isCancelled = false;
  #isAbandoned = false;
  #isTelling = false;
  #members: Set<Cancellable> | null = null;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Whether it was cancelled because nobody is there any more who could hear what became of it. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /**
   * Tells `member` when this is cancelled; where it already is, soon, but never before this returns. A cancellation may be
   * another's member: then it is cancelled with it.
   */
  add(member: Cancellable): void {
    (this.#members ??= new Set()).add(member);
    if (this.#isCancelled && !this.#isTelling) {
      this.#isTelling = true;
      queueMicrotask(() => this.#tellMembers());
    }
  }

  /** `member` has its answer and is not told any more. */
  delete(member: Cancellable): void {
    this.#members?.delete(member);
  }

  /** Tells every member. Only the first call does. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#tellMembers();
  }

  /** The same, where nobody hears what becomes of it. */
  abandon(): void {
    if (this.#isCancelled) return;
    this.#isAbandoned = true;
    this.cancel();
  }

  /** Those that have waited longest first. Whoever joins or leaves meanwhile is told, or not. */
  #tellMembers(): void {
    let told = 0;
    for (const member of this.#members ?? []) {
      if (++told % UNWATCHED === 0) {
        const now = performance.now();
        if (now >= endOfSlice(now)) {
          this.#isTelling = true;
          setImmediate(() => this.#tellMembers());
          return;
        }
      }
      this.#members?.delete(member);
      member.cancel();
    }
    this.#isTelling = false;
    this.#members = null;
  }
}
