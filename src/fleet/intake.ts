// What comes in for a coordinator, taken in slices: a thousand vantages may speak at once, and other requests have their turn
// in between.
import { performance } from 'node:perf_hooks';
import type { Slices } from '../check/slices.ts';
import type { BusMessage } from './bus.ts';

/** Messages that are let go together: a sweep may never come to the end of those that wait. */
const MANY = 256;

export class Intake {
  readonly #slices: Slices;
  readonly #take: (message: BusMessage) => void;
  #waiting: BusMessage[] = [];
  #next = 0;

  constructor(slices: Slices, take: (message: BusMessage) => void) {
    this.#slices = slices;
    this.#take = take;
  }

  readonly add = (message: BusMessage): void => {
    this.#waiting.push(message);
    this.#slices.ask(this.#work);
  };

  readonly #work = (until: number): void => {
    for (let message = this.#waiting[this.#next]; message !== undefined; message = this.#waiting[this.#next]) {
      this.#next++;
      this.#take(message);
      if (performance.now() >= until) break;
    }
    const isDone = this.#next === this.#waiting.length;
    if (isDone || this.#next >= MANY) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (!isDone) this.#slices.ask(this.#work);
  };
}
