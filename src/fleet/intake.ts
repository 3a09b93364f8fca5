// What comes in for a coordinator, taken in slices: a thousand vantages may speak at once, and other requests have their turn
// in between.
import { performance } from 'node:perf_hooks';
import type { Slices } from '../check/slices.ts';
import type { BusMessage } from './bus-message.ts';

/** Of what waits: more is no fleet's, and is dropped, as a message may be that the bus loses. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Messages that are let go together: a sweep may never come to the end of those that wait. */
const MANY = 256;

export class Intake {
  readonly #slices: Slices;
  readonly #take: (message: BusMessage) => void;
  readonly #warn: (what: string) => void;
  #bytes = 0;
  /** Since what waits was too much. */
  #dropped = 0;
  /** Those before `#next` are taken, and gone. */
  #waiting: (BusMessage | undefined)[] = [];
  #next = 0;

  constructor(slices: Slices, take: (message: BusMessage) => void, warn: (what: string) => void) {
    this.#slices = slices;
    this.#take = take;
    this.#warn = warn;
  }

  readonly add = (message: BusMessage): void => {
    if (this.#bytes + sizeOf(message) > MAX_BYTES) {
      if (this.#dropped++ === 0)
        this.#warn(`more than ${MAX_BYTES} bytes of the fleet wait here: the next are dropped`);
      return;
    }
    this.#bytes += sizeOf(message);
    this.#waiting.push(message);
    this.#slices.ask(this.#work);
  };

  readonly #work = (until: number): void => {
    for (let message = this.#waiting[this.#next]; message !== undefined; message = this.#waiting[this.#next]) {
      this.#waiting[this.#next++] = undefined;
      this.#bytes -= sizeOf(message);
      this.#take(message);
      if (performance.now() >= until) break;
    }
    const isDone = this.#next === this.#waiting.length;
    if (isDone || (this.#next >= MANY && 2 * this.#next >= this.#waiting.length)) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (!isDone) return this.#slices.ask(this.#work);
    if (this.#dropped > 0) this.#warn(`${this.#dropped} messages of the fleet were dropped`);
    this.#dropped = 0;
  };
}

/** Roughly: with what is held for each, however little it says. */
function sizeOf({ data, subject }: BusMessage): number {
  return data.byteLength + 2 * subject.length + 256;
}
