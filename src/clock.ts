// CLOCK_MONOTONIC in milliseconds, the same instant on every thread. performance.now() costs 40 ns and allocates nothing,
// but counts from the start of its own thread; what it has to be moved by is found once, when the thread loads this file.
// The global of that name is a getter: one call more for each reading.
import { performance } from 'node:perf_hooks';

/** The smallest of a few readings: a thread that was interrupted between the two clocks reads too much. */
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

/** The wall clock as RFC 3339 has it, in UTC with milliseconds. A busy millisecond asks many times: its text is made once. */
export function timestamp(): string {
  const now = Date.now();
  if (now !== wallMs) wallText = new Date((wallMs = now)).toISOString();
  return wallText;
}
