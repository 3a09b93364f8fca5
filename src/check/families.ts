// Which addresses a check can use: by the family that the caller wants, and because a source address reaches only its own
// family. Pure; whoever asks knows whether what is left out is a mistake or merely of no use.
import { type Address, parseAddress } from '../net/address.ts';
import type { Source } from '../reactor/protocol.ts';
import { finding } from './outcome.ts';
import type { CheckOptions } from './result.ts';

type Family = Address['family'];

const ONLY = { 4: [4], 6: [6] } as const;
const BOTH: readonly Family[] = [4, 6];
const NEITHER: readonly Family[] = [];

/** The families that `asked` and the family of a source address leave; none when the two contradict each other. */
export function familiesLeft(asked: CheckOptions['family'], source: Family | null): readonly Family[] {
  const wanted = asked === 'any' ? source : asked === 'ipv4' ? 4 : 6;
  if (wanted === null) return BOTH;
  return source === null || source === wanted ? ONLY[wanted] : NEITHER;
}

/** What a check's options leave of the addresses, and what binds its sockets. The contract has made sure of the source. */
export function usableOf(
  addresses: readonly Address[],
  { family, sourceAddress, sourceInterface }: CheckOptions,
): { addresses: readonly Address[]; source: Source | null } {
  if (sourceAddress === null && sourceInterface === null && family === 'any') return { addresses, source: null };
  const bound = sourceAddress === null ? null : parseAddress(sourceAddress);
  const families = familiesLeft(family, bound?.family ?? null);
  const source = bound === null && sourceInterface === null ? null : { address: bound, interface: sourceInterface };
  return { addresses: addresses.filter((address) => families.includes(address.family)), source };
}

export const NO_USABLE_ADDRESS = finding(
  'unresolved',
  'dns',
  'no-usable-address',
  'no address of the family that the check may use',
);
