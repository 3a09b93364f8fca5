// How much memory callers may make this process hold. Whatever ends first ends the process: the container's or the service's
// cgroup, the machine's memory, or V8's heap. What the process needs for itself is left out, and of the rest a part, because
// a heap that is collected holds more than what is in use.
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;
/** Resident when idle, with both threads, the shared libraries and the loaded code; and what of it V8's heap has. */
const OWN_BYTES = 112 * MIB;
const OWN_HEAP_BYTES = 48 * MIB;
/** Of what is left. */
const PART = 0.4;
const LEAST_MB = 8;
const MOST_MB = 256;

/** In mebibytes, for all callers together. `memory` and `heap` are limits in bytes. */
export function maxHeldUnder(memory: number, heap: number): number {
  const left = Math.min(memory - OWN_BYTES, heap - OWN_HEAP_BYTES);
  return Math.min(MOST_MB, Math.max(LEAST_MB, Math.floor((left * PART) / MIB)));
}

/** The same for this process. */
export function maxHeldHere(): number {
  // libuv reads the cgroup's limit, of either version: 0 for none, and a number beyond any memory in version 1.
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return maxHeldUnder(memory, getHeapStatistics().heap_size_limit);
}
