// What a caller may expect of a target: a word, or a list of outcomes. In a query, one outcome is a list of one.
import * as z from 'zod';
import { EXPECTABLE } from '../check/expectation.ts';
import { takes } from './schema-words.ts';

export function expectation() {
  const error = takes(`open, closed, or a list of one or more different ones of ${EXPECTABLE.join(', ')}`);
  const outcomes = z
    .array(z.enum(EXPECTABLE, { error }), { error })
    .min(1, { error })
    .refine((list) => new Set(list).size === list.length, { error })
    .meta({ uniqueItems: true });
  return z.union([z.enum(['open', 'closed'], { error }), outcomes], { error }).meta({
    description:
      'What `ok` means. `closed`: refused, rejected, unreachable or timeout, for tests of firewalls. A list: any of its ' +
      'outcomes. All but `open` ask every address of a name, and each has to be as expected. None is met by this host’s ' +
      'own word (`cause.layer` `local`), nor `unresolved` by a resolver that did not answer.',
  });
}

/** One value of a query is a list of one, as a value that is repeated is a list. */
export function listFromOne(value: unknown): unknown {
  const isOutcome = value !== 'open' && EXPECTABLE.some((outcome) => outcome === value);
  return isOutcome ? [value] : value;
}
