// Whether an answer is still wanted. A request has one cancellation; its lookups, pauses, races and attempts are members
// while they wait, and are told once. It stands in for AbortSignal inside: there a listener costs more than a whole check,
// and each of thousands of listeners on one signal is compared with all before it.

/** Something that can be told to give up. */
export interface Cancellable {
  cancel(): void;
}

export class Cancellation implements Cancellable {
  #isCancelled = false;
  #members: Set<Cancellable> | null = null;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /**
   * Tells `member` when this is cancelled; where it already is, soon, but never before this returns. A cancellation may be
   * another's member: then it is cancelled with it.
   */
  add(member: Cancellable): void {
    (this.#members ??= new Set()).add(member);
    if (this.#isCancelled) queueMicrotask(() => this.#tellMembers());
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

  #tellMembers(): void {
    this.#members?.forEach((member) => member.cancel());
    this.#members = null;
  }
}
