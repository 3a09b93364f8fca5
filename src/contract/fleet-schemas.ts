// Which vantage points a request is for: of the request, and only where there is a fleet.
import { z } from 'zod';
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
const MANY = `an array of 1 to ${MAX_SELECTORS} of ${WHAT}`;

export function fleetSchemas() {
  return { from: fromSchema().optional(), by: bySchema() };
}

/** As above; labels are written `zone=eu-1a,disk=ssd`, for no name has an equals sign. */
export function fleetQuerySchemas() {
  const from = z.preprocess(selectorsFromText, fromSchema().optional());
  return { from, by: bySchema() };
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
  return list(selector(), MAX_SELECTORS, MANY).meta({
    description:
      'The vantage points that every target is asked from: `*` is all of them, a name is that one, an object those that ' +
      'bear all of its labels. What any of them selects is asked. A name that nobody bears keeps its results, which are ' +
      '`failed`, `cause.layer` `fleet`. With a fleet (`NATS_URL`) only.',
  });
}

function bySchema() {
  return oneOf(['every', 'one']).default('every').meta({
    description:
      '`every`: each target from each vantage point of `from`. `one`: each target once, from whichever of them takes it.',
  });
}

function selectorsFromText(value: unknown): unknown {
  if (value === undefined) return value;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((text) => (typeof text === 'string' && text.includes('=') ? labelsFromText(text) : text));
}

/** What is no list of labels stays text, and is refused as such. */
function labelsFromText(text: string): unknown {
  const pairs = text.split(',').map((label) => label.split('='));
  const isRight =
    pairs.every((pair) => pair.length === 2) && new Set(pairs.map(([name]) => name)).size === pairs.length;
  return isRight ? Object.fromEntries(pairs) : text;
}
