// The wake that goes with a message: both sides of it, for each is only right beside the other. A write to the worker's
// eventfd costs more than the message, so a worker that is awake, and will look into its inbox anyhow, gets none.
// Each side sets its own word before it reads the other's: whoever comes second sees the first (Atomics are sequentially
// consistent), so a message is never left with a worker asleep.
import { SHARED } from '../protocol.ts';

/** Main thread, after a message: asks for a turn. Whether the worker may be asleep and has to be woken. */
export function askForTurn(shared: Int32Array): boolean {
  return Atomics.exchange(shared, SHARED.wake, 1) === 0 && Atomics.load(shared, SHARED.asleep) === 1;
}

/**
 * Worker, before it drains its inbox: whether a turn was asked for. The other order could drain, miss the next message,
 * and take its wake away.
 */
export function takeWake(shared: Int32Array): boolean {
  return Atomics.exchange(shared, SHARED.wake, 0) === 1;
}

/** Worker, before a wait: from now on it takes a write to wake it. False when a turn was asked for meanwhile: do not block. */
export function prepareToWait(shared: Int32Array): boolean {
  Atomics.store(shared, SHARED.asleep, 1);
  return Atomics.load(shared, SHARED.wake) === 0;
}

/** Worker, after the wait. */
export function finishWait(shared: Int32Array): void {
  Atomics.store(shared, SHARED.asleep, 0);
}
