// The attempts that wait for a place in flight, and which of them is next. Callers take turns; those that take the express
// lane go before all others, and go on while the main thread is behind with the results of others. It starts nothing.
import { Turns } from '../callers/turns.ts';
import type { Attempt } from './attempt.ts';
import { Places } from './places.ts';
import { isHeldUp } from './wire/unread.ts';

export class Queue {
  readonly #shared: Int32Array;
  readonly #places: Places;
  readonly #express = new Turns<Attempt>();
  readonly #others = new Turns<Attempt>();

  /** One caller may have `maxInFlight` attempts in flight, in each of the lanes. */
  constructor(maxInFlight: number, shared: Int32Array) {
    this.#places = new Places(maxInFlight);
    this.#shared = shared;
  }

  /** Attempts that wait. */
  get size(): number {
    return this.#express.size + this.#others.size;
  }

  /** Attempts that have a place. */
  get inFlight(): number {
    return this.#places.taken;
  }

  push(attempt: Attempt): void {
    this.#laneOf(attempt).push(attempt.caller, attempt.request, attempt);
  }

  /** Takes out an attempt that need wait no more. */
  remove(attempt: Attempt): void {
    this.#laneOf(attempt).remove(attempt);
  }

  /** Whether there is a place for one of those that wait. */
  get canTake(): boolean {
    const { maxEach } = this.#places;
    return this.#express.canTake(maxEach) || (this.#others.canTake(maxEach) && !isHeldUp(this.#shared));
  }

  /** The next attempt, which has a place from now on, until `giveBack`. Ask only when `canTake`. */
  take(): Attempt | null {
    const { maxEach } = this.#places;
    const attempt = this.#express.take(maxEach) ?? this.#others.take(maxEach);
    if (attempt !== null) this.#places.taken++;
    return attempt;
  }

  /** The attempt has its place no more. */
  giveBack(attempt: Attempt): void {
    this.#places.taken--;
    this.#laneOf(attempt).giveBack(attempt.caller);
  }

  #laneOf(attempt: Attempt): Turns<Attempt> {
    return attempt.isExpress ? this.#express : this.#others;
  }
}
