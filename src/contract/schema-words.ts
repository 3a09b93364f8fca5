// The small schemas that the contract is made of. Each says in its message what it takes, in the words that a caller reads
// after the path. It knows nothing of checks.
import * as z from 'zod';

/** Message of a schema: what it takes, in the words that a caller reads after the path. */
export function takes(what: string) {
  return (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? `is required: ${what}` : `takes ${what}`;
}

export function integer(min: number, max: number) {
  const error = takes(`an integer from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: takes(`one of ${values.join(', ')}`) });
}

export function list<Item extends z.ZodType>(item: Item, max: number, what: string) {
  const error = takes(what);
  return z.array(item, { error }).min(1, { error }).max(max, { error });
}

/** Exactly decimal digits; whatever else it is stays text, and the integer's own message refuses it. */
export function integerFromDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}
