// CLOCK_MONOTONIC in milliseconds: all threads read the same number at the same instant. performance.now() costs 40 ns and
// allocates nothing, but each thread's counts from that thread's start, so this file measures the difference once, when a
// thread loads it. `performance` is imported because the global is a getter, which costs one more call for each reading.
import { performance } from 'node:perf_hooks';

/**
 * What to add to performance.now(). Takes the smallest of a few readings: a thread that is interrupted between reading
 * the two clocks gets a difference that is too large.
 */
function originMs(): number {
  let smallest = Infinity;
  for (let i = 0; i < 16; i++) {
    const own = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    smallest = Math.min(smallest, seconds * 1e3 + nanoseconds / 1e6 - own);
  }
  return smallest;
}

const origin = originMs();

/** Milliseconds since the machine's start, with fractions down to a microsecond. */
export function monotonicMs(): number {
  return origin + performance.now();
}

let wallMs = NaN;
let wallText = '';

/** The wall clock as text (RFC 3339), in UTC with milliseconds. The text is kept for the calls of the same millisecond. */
export function timestamp(): string {
  return textOf(Date.now());
}

/** When an instant of the monotonic clock was, as `timestamp` has it. Right for as long as nobody sets the wall clock. */
export function timestampOf(instant: number): string {
  return textOf(Math.round(Date.now() - (monotonicMs() - instant)));
}

function textOf(ms: number): string {
  if (ms !== wallMs) wallText = new Date((wallMs = ms)).toISOString();
  return wallText;
}
