// What is to be sent, and when: a list in order of time, the next at its end. Pure; the instants are the caller's.
export class Schedule<T extends { readonly atMs: number }> {
  readonly #items: T[] = [];

  /** What is added for the same instant leaves in the order it came. */
  add(item: T): void {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.atMs ?? 0) > item.atMs) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, item);
  }

  /** The instant of the next item; Infinity if there is none. */
  get nextMs(): number {
    return this.#items.at(-1)?.atMs ?? Infinity;
  }

  /** Takes the next item if its time has come. */
  take(nowMs: number): T | undefined {
    return this.nextMs <= nowMs ? this.#items.pop() : undefined;
  }

  clear(): void {
    this.#items.length = 0;
  }
}
