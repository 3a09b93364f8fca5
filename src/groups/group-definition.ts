// A group as an operator writes it down → what the schedule needs, or every field that is wrong. What is asked of the
// targets is the contract's: all fields that are not a group's own go there as they are, new ones too.
import * as z from 'zod';
import type { CheckOptions } from '../check/result.ts';
import { refuseRequestFields } from '../contract/check-module.ts';
import type { Question } from '../contract/question-reader.ts';
import type { Contract } from '../contract/contract.ts';
import { type FieldError, fieldErrors } from '../contract/field-errors.ts';
import { integer, list, takes } from '../contract/schema-words.ts';
import { DOWN_OUTCOMES, type DownOutcome, type Mode } from './telling.ts';

export interface GroupDefinition {
  readonly name: string;
  readonly question: Question;
  /** What each target is called, in the order of the question: its name, else the target itself. No two are the same. */
  readonly labels: readonly string[];
  readonly intervalMs: number;
  /** The part of the interval by which the time between two rounds differs from it, at the most. */
  readonly jitter: number;
  readonly mode: Mode;
  readonly rise: number;
  readonly fall: number;
  readonly downOn: readonly DownOutcome[];
  readonly staleAfterMs: number;
  readonly spreadMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_ROUNDS = 100;
const STALE_INTERVALS = 3;
const NAME = 'a name of 1 to 63 lower-case letters, digits and hyphens';

const name = z.string({ error: takes(NAME) }).regex(/^[a-z0-9-]{1,63}$/, { error: takes(NAME) });

const jitterError = takes('a number from 0 to 0.5');
const modeError = takes('all, any, or how many targets must be ok');
const DOWN_ON = `a list of one or more different ones of ${DOWN_OUTCOMES.join(', ')}`;

/** A group's own fields. */
const OWN = {
  name,
  intervalMs: integer(100, HOUR_MS).default(5000),
  jitter: z.number({ error: jitterError }).min(0, { error: jitterError }).max(0.5, { error: jitterError }).default(0.1),
  mode: z
    .union([z.enum(['all', 'any'], { error: modeError }), z.int({ error: modeError }).min(1, { error: modeError })], {
      error: modeError,
    })
    .default('all'),
  rise: integer(1, MAX_ROUNDS).default(2),
  fall: integer(1, MAX_ROUNDS).default(3),
  downOn: list(z.enum(DOWN_OUTCOMES, { error: takes(DOWN_ON) }), DOWN_OUTCOMES.length, DOWN_ON)
    .refine((outcomes) => new Set(outcomes).size === outcomes.length, { error: takes(DOWN_ON) })
    .default([...DOWN_OUTCOMES]),
  staleAfterMs: integer(100, DAY_MS).optional(),
  spreadMs: integer(0, HOUR_MS).default(0),
} as const;
const own = z.object(OWN);

/** The paths of the errors begin inside the group; '' is the group itself. */
export function parseGroup(
  asked: unknown,
  contract: Contract,
): GroupDefinition | { readonly errors: readonly FieldError[] } {
  if (!isObject(asked)) return { errors: [{ path: '', message: 'takes a group: "name", "targets", …' }] };
  const parsed = own.safeParse(asked);
  const errors = parsed.success ? [] : fieldErrors(parsed.error.issues, '');
  const rest = Object.fromEntries(Object.entries(asked).filter(([field]) => !Object.hasOwn(OWN, field)));
  const unknown = refuseRequestFields(rest);
  if (unknown.length > 0) return { errors: [...errors, ...unknown] };
  const question = contract.parse(rest);
  if ('errors' in question) return { errors: [...errors, ...question.errors] };
  if (!parsed.success) return { errors };
  const labels = question.checks.map((check) => check.name ?? check.target.text);
  const { staleAfterMs = defaultStaleness(parsed.data.intervalMs, question), ...fields } = parsed.data;
  const definition = { ...fields, question, labels, staleAfterMs };
  const contradictions = contradictionsOf(definition);
  return contradictions.length > 0 ? { errors: contradictions } : definition;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the fields say about each other. */
function contradictionsOf({ labels, mode, staleAfterMs, intervalMs }: GroupDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, label] of labels.entries()) {
    if (seen.has(label)) {
      const message = `takes a target that the group does not have, or a "name" of its own: ${label} is there already`;
      errors.push({ path: `targets[${i}]`, message });
    }
    seen.add(label);
  }
  if (typeof mode === 'number' && mode > labels.length) {
    errors.push({ path: 'mode', message: `takes at most the number of targets, which is ${labels.length}` });
  }
  if (staleAfterMs < intervalMs) {
    errors.push({ path: 'staleAfterMs', message: `takes at least intervalMs, which is ${intervalMs}` });
  }
  return errors;
}

/** Three intervals, and what the slowest target may take. */
function defaultStaleness(intervalMs: number, { checks }: Question): number {
  const longest = checks.reduce((most, { options }) => Math.max(most, longestOf(options)), 0);
  return STALE_INTERVALS * intervalMs + longest;
}

function longestOf({ timeoutMs, count, intervalMs }: CheckOptions): number {
  return (count - 1) * Math.max(timeoutMs, intervalMs) + timeoutMs;
}
