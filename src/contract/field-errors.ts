// What is wrong with a question, field by field: a path and what stands there instead. Every door turns these into its
// own form: HTTP into a problem, the command line into a line.
import type * as z from 'zod';

export interface FieldError {
  /** `targets[3].port`; `body` or `query` for the whole of it. */
  readonly path: string;
  /** What it takes, to be read after the path and a colon. */
  readonly message: string;
}

type Issue = z.core.$ZodIssue;
export type Path = readonly PropertyKey[];

const MAX_STEP_LENGTH = 100;

/** zod's issues as paths and words. `whole` names the value that all paths start from, for an issue with it as such. */
export function fieldErrors(issues: readonly Issue[], whole: string): FieldError[] {
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

/** The name of an unknown field is the caller's own text, of any length. */
function abridged(step: string): string {
  return step.length > MAX_STEP_LENGTH ? `${step.slice(0, MAX_STEP_LENGTH)}…` : step;
}
