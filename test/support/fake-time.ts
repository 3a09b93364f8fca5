// Time in a test's hands: timers and the monotonic clock move together, and only when the test moves them.
import { mock } from 'node:test';
import type { Test } from 'tap';
import { stopClock } from './fake-clock.ts';

export interface FakeTime {
  /** The instant, as src/clock.ts has it. */
  readonly now: () => number;
  /** Moves on, a millisecond at a time, and lets whatever that sets off settle before the next one. */
  readonly advance: (ms: number) => Promise<void>;
}

/** Stops time until the test ends. */
export function stopTime(t: Test): FakeTime {
  const clock = stopClock(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  return {
    now: clock.now,
    async advance(ms) {
      await settled();
      for (let i = 0; i < ms; i++) {
        clock.advance(1);
        mock.timers.tick(1);
        await settled();
      }
    },
  };
}

/** Every promise that can settle without time passing has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
