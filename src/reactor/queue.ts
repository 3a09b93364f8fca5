// The attempts that wait for a place in flight, and which of them is next. Callers take turns; those that take the express
// lane go before all others, but for one of these in a few, and go on while the main thread is behind with the results of
// others. It starts nothing.
import { Turns } from '../callers/turns.ts';
import type { Attempt } from './attempt.ts';
import { Places } from './places.ts';
import { isHeldUp, MAX_UNREAD } from './wire/unread.ts';

/** One start in so many is others', where both lanes want it: callers with little may be many, and ask without end. */
const OTHERS_EVERY = 4;
/** So many results unread hold up the express lane, too: more than one caller's that all end at once. */
const MAX_UNREAD_EXPRESS = 16 * MAX_UNREAD;

export class Queue {
  readonly #shared: Int32Array;
  readonly #places: Places;
  readonly #express = new Turns<Attempt>();
  readonly #others = new Turns<Attempt>();
  /** Starts of the express lane since one of the others. */
  #inARow = 0;

  /** One caller may have `maxInFlight` attempts in flight in each of the lanes, and all together no more than there are places. */
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
    return this.#canTakeExpress || this.#canTakeOther;
  }

  /** The next attempt, which has a place from now on, until `giveBack`. Ask only where `canTake`. */
  take(): Attempt | null {
    const isExpress = this.#canTakeExpress && (this.#inARow < OTHERS_EVERY - 1 || !this.#canTakeOther);
    this.#inARow = isExpress ? this.#inARow + 1 : 0;
    const attempt = (isExpress ? this.#express : this.#others).take(this.#places.maxEach);
    if (attempt !== null) this.#places.taken++;
    return attempt;
  }

  /** The attempt has its place no more. */
  giveBack(attempt: Attempt): void {
    this.#places.taken--;
    this.#laneOf(attempt).giveBack(attempt.caller);
  }

  get #canTakeExpress(): boolean {
    if (this.#express.size === 0) return false;
    return this.#express.canTake(this.#places.maxEach) && !isHeldUp(this.#shared, MAX_UNREAD_EXPRESS);
  }

  get #canTakeOther(): boolean {
    return this.#others.canTake(this.#places.maxEach) && !isHeldUp(this.#shared);
  }

  #laneOf(attempt: Attempt): Turns<Attempt> {
    return attempt.isExpress ? this.#express : this.#others;
  }
}
