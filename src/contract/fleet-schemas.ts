// Which vantage points a request is for: of the request, and only where there is a fleet.
import * as z from 'zod';
import { list, oneOf, takes } from './schema-words.ts';

/** `*`, a vantage's name, or labels that it bears, all of them. */
export type Selector = string | Readonly<Record<string, string>>;

/** From where a request is asked; by: from every one, or each target from any one. */
export interface FleetQuestion {
  readonly from: readonly Selector[];
  readonly by: 'every' | 'one';
}

const MAX_SELECTORS = 1000;
const MAX_LABELS = 16;
const NAME = /^(?:\*|[A-Za-z0-9.-]{1,253})$/;
const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
const LABEL_VALUE = /^[A-Za-z0-9._-]{1,63}$/;

const WHAT = '"*", the name of a vantage, or labels such as {"zone": "eu-1a"}';
const WHAT_AS_TEXT = '*, the name of a vantage, or labels such as zone=eu-1a,disk=ssd';
const FROM =
  'The vantage points that every target is asked from: `*` is all of them, a name is that one, labels those that bear all of ' +
  'them. What any of its items selects is asked. A name that nobody bears keeps its results, which are `failed`, ' +
  '`cause.layer` `fleet`.';
const MANY = `an array of 1 to ${MAX_SELECTORS} of ${WHAT}`;

export function fleetSchemas() {
  return { from: fromSchema().optional(), by: bySchema() };
}

/** As above, as text: labels are written `zone=eu-1a,disk=ssd`, for no name has an equals sign. */
export function fleetQuerySchemas() {
  const error = takes(WHAT_AS_TEXT);
  const text = z.string({ error }).refine((given) => selectorOf(given) !== null, { error });
  const many = list(text, MAX_SELECTORS, `1 to ${MAX_SELECTORS} of ${WHAT_AS_TEXT}`);
  const selectors = many
    .transform((texts) => texts.map((given) => selectorOf(given) ?? given))
    .meta({ description: FROM });
  const one = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);
  return { from: z.preprocess(one, selectors.optional()), by: bySchema() };
}

function selector() {
  const error = takes(WHAT);
  const name = z.string({ error }).regex(NAME, { error });
  const labels = z
    .record(z.string().regex(LABEL_NAME, { error }), z.string({ error }).regex(LABEL_VALUE, { error }), { error })
    .refine((given) => Object.keys(given).length > 0 && Object.keys(given).length <= MAX_LABELS, { error });
  return z.union([name, labels], { error });
}

function fromSchema() {
  return list(selector(), MAX_SELECTORS, MANY).meta({ description: FROM });
}

function bySchema() {
  return oneOf(['every', 'one']).default('every').meta({
    description:
      '`every`: each target from each vantage point of `from`. `one`: each target once, from whichever of them takes it.',
  });
}

/** Null for what is none. */
function selectorOf(text: string): Selector | null {
  if (!text.includes('=')) return NAME.test(text) ? text : null;
  const pairs = text.split(',').map((label) => label.split('='));
  const isRight = pairs.every(([name = '', value = '', ...more]) => {
    return LABEL_NAME.test(name) && LABEL_VALUE.test(value) && more.length === 0;
  });
  const isOnce = new Set(pairs.map(([name]) => name)).size === pairs.length && pairs.length <= MAX_LABELS;
  return isRight && isOnce ? (Object.fromEntries(pairs) as Record<string, string>) : null;
}
