// Work that goes on and on, in slices: all of it together gets a few milliseconds of each turn of the event loop, so that
// other callers' requests, and the health routes, have their turn in between. It knows nothing of what the work is.
import { performance } from 'node:perf_hooks';
import { LONG_PAUSE_MS, TurnTime } from './turn-time.ts';

/** Of work that is new: what is little is done then, and waits for nobody. */
const AT_ONCE_MS = 0.25;

/** Of short work, so much is done at once in so long. */
const SHORT_MS = 1;
const SHORT_EVERY_MS = 5;

/** Does some of its work, until `until` (of performance.now()) or a little after, and asks for more when there is more. */
export type Work = (until: number) => void;

/** Does some of its work, as `Work` does; returns whether there is more. */
export type Step = (until: number) => boolean;

export class Slices {
  readonly time: TurnTime;
  readonly #waiting = new Set<Work>();
  #isScheduled = false;
  #workedAt = -Infinity;
  /** Short work that was done at once: since when, and how much. */
  #short = { since: -Infinity, spentMs: 0 };

  constructor(time = new TurnTime()) {
    this.time = time;
  }

  /** `work` has a slice soon, after those that wait already; once, however often it is asked for until then. */
  ask(work: Work): void {
    this.#waiting.add(work);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  /** Takes `step` until there is no more, the first one at once: most work is over then. Rejects with what it throws. */
  async run(step: Step): Promise<void> {
    if (step(performance.now() + Math.max(AT_ONCE_MS, this.time.partMs(this.#workedAt, LONG_PAUSE_MS))))
      await this.#goOn(step);
  }

  /** Does `work`, which is short: at once, unless much such work was done just now. Rejects with what it throws. */
  async soon(work: () => void): Promise<void> {
    const now = performance.now();
    if (now - this.#short.since >= SHORT_EVERY_MS) this.#short = { since: now, spentMs: 0 };
    if (this.#short.spentMs < SHORT_MS) {
      work();
      this.#short.spentMs += performance.now() - now;
    } else {
      await this.#goOn(() => {
        work();
        return false;
      });
    }
  }

  #goOn(step: Step): Promise<void> {
    return new Promise((resolve, reject) => {
      const work = (until: number): void => {
        try {
          if (step(until)) this.ask(work);
          else resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.ask(work);
    });
  }

  #turn(): void {
    this.#isScheduled = false;
    const until = performance.now() + this.time.partMs(this.#workedAt, LONG_PAUSE_MS);
    // A copy: what asks again meanwhile has its slice in another turn.
    for (const work of [...this.#waiting]) {
      if (performance.now() >= until) break;
      this.#waiting.delete(work);
      work(until);
      this.#workedAt = performance.now();
    }
    const [next] = this.#waiting;
    if (next !== undefined) this.ask(next);
  }
}
