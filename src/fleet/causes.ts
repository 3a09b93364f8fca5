// Why a vantage gave no answer. The layer `fleet` is the coordinator's alone, so that silence is never taken for an answer.
import type { Cause } from '../check/outcome.ts';

const MESSAGES = {
  unknown: 'nobody of that name is here',
  ambiguous: 'instances of that name bear different labels, so none of them was asked',
  gone: 'the instance that was asked has gone, and no other one of this vantage is here',
  silent: 'the instance that was asked did not accept in time, and no other one of this vantage is here',
  lost: 'the instance that was asked fell silent before it had answered',
  overloaded: 'every instance of this vantage had too much to do until the deadline',
  deadline: 'the request’s deadline passed before this vantage had answered',
  refused: 'the vantage refuses to ask this',
  'bus-lost': 'there was no connection to the bus for too long',
} as const;

export type FleetCode = keyof typeof MESSAGES;
export const FLEET_CODES = Object.keys(MESSAGES) as readonly FleetCode[];

/** `why`: the vantage's own words, where it refuses. */
export function fleetCause(code: FleetCode, why?: string): Cause {
  return { layer: 'fleet', code, message: why === undefined ? MESSAGES[code] : `${MESSAGES[code]}: ${why}` };
}
