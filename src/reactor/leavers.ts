// Which attempts are cancelled when a signal is aborted. Thousands of attempts may share a signal and thousands of callers
// may leave in one moment: a signal has one listener, and its abort costs only its own attempts.

export class Leavers {
  readonly #cancel: (slot: number) => void;
  readonly #slots = new WeakMap<AbortSignal, Set<number>>();

  /** `cancel` is called with each slot whose signal is aborted. */
  constructor(cancel: (slot: number) => void) {
    this.#cancel = cancel;
  }

  add(signal: AbortSignal, slot: number): void {
    const slots = this.#slots.get(signal);
    if (slots === undefined) this.#listen(signal, new Set([slot]));
    else slots.add(slot);
  }

  /** The attempt in `slot` has settled. */
  delete(signal: AbortSignal, slot: number): void {
    this.#slots.get(signal)?.delete(slot);
  }

  #listen(signal: AbortSignal, slots: Set<number>): void {
    this.#slots.set(signal, slots);
    signal.addEventListener('abort', () => slots.forEach((slot) => this.#cancel(slot)), { once: true });
  }
}
