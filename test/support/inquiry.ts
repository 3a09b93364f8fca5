// Somebody who asks, for tests that have no door to come through.
import type { Asker } from '../../src/callers/asker.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import type { Inquiry } from '../../src/check/inquiry.ts';
import { RequestDeadline } from '../../src/check/request-deadline.ts';
import type { Waiting } from '../../src/check/run.ts';

export const ASKER: Asker = { principal: null, from: '127.0.0.1', id: 'test' };

/** An inquiry of ASKER's that nobody cancels, but for what the test gives. */
export function inquiry(some: Partial<Inquiry> = {}): Inquiry {
  return { asker: ASKER, cancellation: new Cancellation(), ...some };
}

/** A cancellation that is already cancelled. */
export function cancelled(): Cancellation {
  const cancellation = new Cancellation();
  cancellation.cancel();
  return cancellation;
}

/** Resolves when `cancellation` is cancelled. */
export function whenCancelled(cancellation: Cancellation): Promise<void> {
  return new Promise((resolve) => cancellation.add({ cancel: resolve }));
}

/** What a wait must know: of caller 1's request 1, without a deadline, unless the test says otherwise. */
export function waiting({
  deadlineMs = null,
  ...some
}: Partial<Waiting> & { deadlineMs?: number | null } = {}): Waiting {
  return {
    caller: 1,
    request: 1,
    cancellation: new Cancellation(),
    deadline: new RequestDeadline(deadlineMs),
    ...some,
  };
}

/** Room for every round. */
export const GRANTED = { pause: () => undefined, resume: () => true, isExpress: false };
