// zod's issues → paths and words for a caller. The validator throws one Problem for all issues of a request instead of
// one Error object (and stack) for each of ten thousand targets.
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { type FieldError, invalidRequest, type Problem } from './problems.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const whole = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request');
  return (value: unknown): { value: unknown } | { error: Problem } => {
    const parsed = schema.safeParse(value);
    return parsed.success ? { value: parsed.data } : { error: invalidRequest(fieldErrors(parsed.error.issues, whole)) };
  };
};

/** `whole` names the value that all paths start from, for an issue with it as such. */
function fieldErrors(issues: readonly Issue[], whole: string): FieldError[] {
  return issues.flatMap((issue) => explain(issue, [], whole));
}

function explain(issue: Issue, parent: Path, whole: string): FieldError[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: formatPath([...path, key], whole), message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_union') {
    // The alternatives differ by type (a string, an object). The one whose type fits knows what is wrong inside it.
    const fitting = issue.errors.find((issues) => !issues.some(isWrongType));
    if (fitting !== undefined) return fitting.flatMap((inner) => explain(inner, path, whole));
  }
  return [{ path: formatPath(path, whole), message: issue.message }];
}

function isWrongType(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

/** `['targets', 3, 'port']` → `targets[3].port`. */
export function formatPath(path: Path, whole: string): string {
  if (path.length === 0) return whole;
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${abridged(String(step))}`))
    .join('');
}

/** An unknown field's name is the caller's own text, of any length. */
function abridged(step: string): string {
  return step.length > 100 ? `${step.slice(0, 100)}…` : step;
}
