// What time and chance are to the schedule. Intervals are the monotonic clock's; wall time is for people to read. Tests
// pass their own, and move it by hand.
import { monotonicMs, timestamp } from '../clock.ts';

export interface Timing {
  /** Monotonic milliseconds. */
  now(): number;
  /** The wall clock as text (RFC 3339). */
  wall(): string;
  /** From 0 up to 1. */
  random(): number;
  /** Calls `then` once, in `ms` milliseconds, unless what it returns is called before. */
  after(ms: number, then: () => void): () => void;
}

export const OWN_TIMING: Timing = {
  now: monotonicMs,
  wall: timestamp,
  random: Math.random,
  after(ms, then) {
    const timer = setTimeout(then, ms).unref();
    return () => clearTimeout(timer);
  },
};
