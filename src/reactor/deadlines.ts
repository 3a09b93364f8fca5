// The deadlines of all attempts: a binary min-heap of slots that can also drop one from its middle. Most attempts end
// long before their deadline; a heap that only forgot them lazily would hold seconds of them, at 200,000 a second.
// Pure; typed arrays that grow, so that nothing is allocated for an attempt.

export class Deadlines {
  #size = 0;
  #heap = new Int32Array(64);
  /** By slot: where it stands in the heap, or -1. */
  #position = new Int32Array(64).fill(-1);
  /** By slot. */
  #deadline = new Float64Array(64);
  /** The instant that was seen to be past all deadlines which are being told of. */
  #passedAt = -Infinity;

  get size(): number {
    return this.#size;
  }

  /** The earliest deadline, Infinity when there is none. */
  get earliest(): number {
    return this.#size === 0 ? Infinity : this.#deadlineAt(0);
  }

  /** Gives `slot` a deadline, or another one. */
  set(slot: number, deadline: number): void {
    this.delete(slot);
    this.#reserve(slot);
    this.#deadline[slot] = deadline;
    this.#place(this.#size++, slot);
    this.#rise(this.#size - 1);
  }

  /** Whether there is none after `now`. */
  areAllBy(now: number): boolean {
    // The latest is a leaf, and where there are later ones this is soon known.
    for (let at = this.#size - 1; at >= this.#size >> 1; at--) if (this.#deadlineAt(at) > now) return false;
    return true;
  }

  /** Takes `slot` out, if it is in. */
  delete(slot: number): void {
    const hole = this.#position[slot] ?? -1;
    if (hole < 0) return;
    this.#position[slot] = -1;
    const last = this.#slotAt(--this.#size);
    if (hole === this.#size) return;
    this.#place(hole, last);
    this.#rise(hole);
    this.#sink(this.#position[last] ?? hole);
  }

  /**
   * Takes out `most` slots whose deadline is at or before `now`, the earliest first, and tells of each with the instant of its
   * end. Of more the later calls tell: their instant is that of the first one, which saw all of them pass.
   */
  expire(now: number, most: number, tell: (slot: number, at: number) => void): void {
    if (this.earliest > this.#passedAt) this.#passedAt = now;
    for (let told = 0; told < most; told++) {
      const slot = this.takeExpired(this.#passedAt);
      if (slot < 0) return;
      tell(slot, this.#passedAt);
    }
  }

  /** Takes out a slot whose deadline is at or before `now`, the earliest first; -1 when there is none. */
  takeExpired(now: number): number {
    if (this.earliest > now) return -1;
    const slot = this.#slotAt(0);
    this.delete(slot);
    return slot;
  }

  #rise(at: number): void {
    const slot = this.#slotAt(at);
    const deadline = this.#deadlineAt(at);
    let hole = at;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (this.#deadlineAt(parent) <= deadline) break;
      this.#place(hole, this.#slotAt(parent));
      hole = parent;
    }
    this.#place(hole, slot);
  }

  #sink(at: number): void {
    const slot = this.#slotAt(at);
    const deadline = this.#deadlineAt(at);
    let hole = at;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#deadlineAt(child + 1) < this.#deadlineAt(child)) child++;
      if (this.#deadlineAt(child) >= deadline) break;
      this.#place(hole, this.#slotAt(child));
      hole = child;
    }
    this.#place(hole, slot);
  }

  #place(at: number, slot: number): void {
    this.#heap[at] = slot;
    this.#position[slot] = at;
  }

  #slotAt(at: number): number {
    return this.#heap[at] ?? 0;
  }

  #deadlineAt(at: number): number {
    return this.#deadline[this.#slotAt(at)] ?? Infinity;
  }

  #reserve(slot: number): void {
    if (slot < this.#position.length) return;
    const length = Math.max(slot + 1, this.#position.length * 2);
    const position = new Int32Array(length).fill(-1);
    const heap = new Int32Array(length);
    const deadline = new Float64Array(length);
    position.set(this.#position);
    heap.set(this.#heap);
    deadline.set(this.#deadline);
    this.#position = position;
    this.#heap = heap;
    this.#deadline = deadline;
  }
}
