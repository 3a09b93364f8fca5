// Fastify's validator on the contract's schemas. It throws one Problem for all that is wrong with a request, not one
// Error object (and stack) for each of ten thousand targets.
import type { FastifySchemaCompiler } from 'fastify';
import type * as z from 'zod';
import { fieldErrors } from '../contract/field-errors.ts';
import { invalidRequest, type Problem } from './problems.ts';

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const whole = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request');
  // A body is validated as it is read: see body/.
  if (httpPart === 'body') return (value: unknown) => ({ value });
  // Most requests have no query, and no query is always read in the same way.
  let nothing: unknown;
  return (value: unknown): { value: unknown } | { error: Problem } => {
    const isNothing = isEmpty(value);
    if (isNothing && nothing !== undefined) return { value: nothing };
    const parsed = schema.safeParse(value);
    if (!parsed.success) return { error: invalidRequest(fieldErrors(parsed.error.issues, whole)) };
    if (isNothing) nothing = Object.freeze(parsed.data);
    return { value: parsed.data };
  };
};

function isEmpty(value: unknown): boolean {
  for (const _ in value as object) return false;
  return true;
}
