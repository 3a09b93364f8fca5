// The monotonic clock in a test's hands: monotonicMs() of this thread moves only when the test moves it. It replaces
// performance.now, on which src/clock.ts stands, so that the code under test is loaded as it is.
import type { Test } from 'tap';
import { monotonicMs } from '../../src/clock.ts';

export interface FakeClock {
  readonly now: () => number;
  readonly advance: (ms: number) => void;
}

/** Stops the clock until the test ends. Without a test, the caller stops it for the rest of the process. */
export function stopClock(t?: Test): FakeClock {
  const real = performance.now.bind(performance);
  let at = Math.round(real());
  performance.now = () => at;
  t?.teardown(() => (performance.now = real));
  return { now: monotonicMs, advance: (ms) => (at += ms) };
}
