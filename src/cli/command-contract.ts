// The contract of the command: that of the API, with limits for somebody who asks this host for himself.
import { Contract } from '../contract/contract.ts';
import { DEFAULTS } from '../config/settings.ts';

const HOUR_MS = 3_600_000;
/** Streams have half of it; a name's addresses and a `count` count. */
export const MAX_QUEUED = 10_000_000;

/** `coordinates`: whether it may name vantages of a fleet. */
export function contractOfCommand({ coordinates = false } = {}): Contract {
  return new Contract({
    maxTargets: 1,
    defaultTimeoutMs: DEFAULTS.defaultTimeoutMs,
    maxTimeoutMs: HOUR_MS,
    maxDeadlineMs: 0,
    maxQueued: MAX_QUEUED,
    trace: 'on',
    coordinates,
  });
}
