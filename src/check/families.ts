// Which families of address a check can use: by the caller's word, and because a source address reaches only its own
// family. Pure; whoever asks knows whether what is left out is a mistake or merely of no use.
import type { Address } from '../net/address.ts';
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
