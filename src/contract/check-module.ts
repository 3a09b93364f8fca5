// Options of checks as an operator writes them down in a file: all that a request may say but its targets, its deadline and
// the form of its reply.
import type { Contract } from './contract.ts';
import type { FieldError } from './field-errors.ts';

/** What a request says of itself, not of its targets. */
const OF_A_REQUEST = ['deadlineMs', 'results'];

/** No module has a target. This one is of no family, so that options about families are judged by themselves. */
const ANY_TARGET = 'any.invalid:1';

/** What is wrong with the fields of `asked` that only a whole request has. */
export function refuseRequestFields(asked: object): FieldError[] {
  const named = OF_A_REQUEST.filter((field) => field in asked);
  return named.map((path) => ({ path, message: 'is not a known field' }));
}

/** What is wrong with `options`; nothing where a request may have them. */
export function mistakesOf(options: object, contract: Contract): readonly FieldError[] {
  const refused = [...refuseRequestFields(options)];
  if ('targets' in options) refused.push({ path: 'targets', message: 'is not a known field' });
  if (refused.length > 0) return refused;
  const parsed = contract.parse({ ...options, targets: [ANY_TARGET] });
  return 'errors' in parsed ? parsed.errors : [];
}
