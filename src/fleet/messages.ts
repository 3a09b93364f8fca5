// What goes over the bus, as JSON. What comes in is read by a schema, and what does not fit it is nothing. Fields that are not
// known are let pass, for they are a later version's; what they ask for is refused where it matters, in `options`.
import * as z from 'zod';
import { OUTCOMES } from '../check/outcome.ts';
import type { CheckResult } from '../check/result.ts';

/** Targets and bytes of one ask. */
export const MAX_ASK_TARGETS = 1000;
export const MAX_ASK_BYTES = 256 * 1024;
/** A longer result loses its attempts, so that no message reaches the server's limit (1 MiB unless it is set). */
export const MAX_RESULT_BYTES = 256 * 1024;
export const MAX_LABELS = 16;

const text = z.string().max(300);
const labels = z.record(z.string().max(63), z.string().max(63)).refine((all) => Object.keys(all).length <= MAX_LABELS);

const who = z.object({ instance: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) });
const card = z.object({ labels, version: text, draining: z.boolean() });

const question = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('check'),
    principal: text,
    /** In which all is to be answered; null: no such bound. */
    deadlineMs: z.number().min(0).nullable(),
    options: z.record(z.string(), z.unknown()),
    targets: z.array(z.unknown()).min(1).max(MAX_ASK_TARGETS),
  }),
  z.object({ type: z.literal('poke') }),
  z.object({ type: z.literal('stop') }),
]);

const answer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('accepted'), checkedAt: z.iso.datetime() }),
  z.object({ type: z.literal('alive') }),
  /** `durationMs`: since it was accepted. */
  z.object({
    type: z.literal('results'),
    durationMs: z.number().min(0),
    results: z.array(z.tuple([z.number(), z.unknown()])),
  }),
  /** There is nothing more to come, or nothing is known of the ask. */
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('refused'), code: text, message: z.string().max(2000) }),
]);

export type Card = z.output<typeof card>;
export type Ask = z.output<typeof question>;
export type CheckAsk = Extract<Ask, { type: 'check' }>;
export type Answer = z.output<typeof answer>;

const decoder = new TextDecoder('utf-8', { fatal: true });

function reader<Schema extends z.ZodType>(schema: Schema): (data: Uint8Array) => z.output<Schema> | null {
  return (data) => {
    try {
      const parsed = schema.safeParse(JSON.parse(decoder.decode(data)));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  };
}

/** Each gives null for what is no such message. */
export const readWhoMessage = reader(who);
export const readCard = reader(card);
export const readAsk = reader(question);
export const readAnswerMessage = reader(answer);

/**
 * Whether `value` may be a vantage's result. What of it a coordinator uses is looked at, field by field and by hand: there
 * are a hundred thousand of them a second. A vantage never speaks for the fleet: that layer says that there was no answer.
 */
export function isResult(value: unknown): value is CheckResult {
  if (typeof value !== 'object' || value === null) return false;
  const { ok, outcome, cause, attempts, latencyMs } = value as Partial<Record<keyof CheckResult, unknown>>;
  if (typeof ok !== 'boolean' || !OUTCOMES.some((known) => known === outcome) || !Array.isArray(attempts)) return false;
  if (latencyMs !== null && typeof latencyMs !== 'number') return false;
  return cause === null || isCause(cause);
}

function isCause(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { layer, code, message } = value as { layer?: unknown; code?: unknown; message?: unknown };
  return typeof layer === 'string' && layer !== 'fleet' && typeof code === 'string' && typeof message === 'string';
}
