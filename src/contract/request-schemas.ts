// What a caller may send, once, in zod: types, validation and the OpenAPI document all come from here. Strict on
// purpose: unknown fields are errors and nothing is coerced, except that a query carries its integers as digits.
import * as z from 'zod';
import { listFromOne } from './expect-schema.ts';
import { fleetQuerySchemas, fleetSchemas } from './fleet-schemas.ts';
import { optionSchemas } from './option-schemas.ts';
import { integer, integerFromDigits, list, oneOf, takes } from './schema-words.ts';
import { tlsQuerySchema } from './tls-schema.ts';

export interface RequestLimits {
  readonly maxTargets: number;
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** The longest `deadlineMs`, and that of a request without one; 0: as long as HOUR_MS, and none. */
  readonly maxDeadlineMs: number;
  /** off: no trace is made, and a request that wants one is refused. */
  readonly trace: 'on' | 'off';
  /** Attempts that may wait for their answers, over all callers. */
  readonly maxQueued: number;
  /** Whether there is a fleet to ask; without one, nobody may name vantages. */
  readonly coordinates?: boolean;
}

/** The longest spelling of a target: scheme, a name of 253 characters, a trailing dot, a port. */
const MAX_TARGET_LENGTH = 300;
const MAX_NAME_LENGTH = 200;
/** What one target may take in a body: every field set to its longest, with room for JSON's escapes. */
const MAX_TARGET_BYTES = 1024;
const ENVELOPE_BYTES = 64 * 1024;
const HOUR_MS = 3_600_000;

export type RequestSchemas = ReturnType<typeof createRequestSchemas>;
type CheckBody = z.output<RequestSchemas['body']>;
export type CheckQuery = z.output<RequestSchemas['query']>;
export type StreamQuery = z.output<RequestSchemas['streamQuery']>;
export type TargetObject = Exclude<CheckBody['targets'][number], string>;
/** The options of a request; a target in object form may override each. */
export type CheckBodyOptions = Omit<CheckBody, 'targets'>;

export function bodyLimitBytes(maxTargets: number): number {
  return ENVELOPE_BYTES + maxTargets * MAX_TARGET_BYTES;
}

export function createRequestSchemas(limits: RequestLimits) {
  const options = optionSchemas(limits.maxTimeoutMs, limits.trace);
  const defaulted = {
    timeoutMs: options.timeoutMs.default(limits.defaultTimeoutMs),
    handshake: options.handshake.default('half'),
    family: options.family.default('any'),
    addresses: options.addresses.default('any'),
    expect: options.expect.default('open'),
    count: options.count.default(1),
    intervalMs: options.intervalMs.default(1000),
    sourceAddress: options.sourceAddress.optional(),
    sourceInterface: options.sourceInterface.optional(),
    trace: options.trace.default('none'),
    tls: options.tls.optional(),
    results: oneOf(['all', 'failed'])
      .default('all')
      .meta({ description: '`failed`: lists only the results that are not ok; `summary` counts all.' }),
  };
  const deadlineMs = deadlineSchema(limits.maxDeadlineMs);
  const [ofFleet, inFleetQuery] = limits.coordinates === true ? [fleetSchemas(), fleetQuerySchemas()] : NO_FLEET;
  const between = `1 to ${limits.maxTargets}`;
  const target = z
    .union([targetText(), targetObject(options)], { error: takes(`"host:port" or an object {"host", "port", …}`) })
    .meta({
      id: 'Target',
      description: 'What to reach: one string, or an object whose options override the request’s.',
    });
  const targets = list(target, limits.maxTargets, `an array of ${between} targets`);
  const whole = { error: takes('a JSON object with "targets"') };
  // A body is read target by target: first all the rest of it, where `targets` may be of any kind.
  const some = list(z.unknown(), limits.maxTargets, `an array of ${between} targets`);
  const envelope = z.strictObject({ targets: some, ...defaulted, deadlineMs, ...ofFleet }, whole);
  const body = z
    .strictObject({ targets, ...defaulted, deadlineMs, ...ofFleet }, whole)
    .meta({ id: 'CheckRequest', description: 'Targets to check, and options that hold for each of them.' });
  const texts = list(targetText(), limits.maxTargets, `${between} targets`);
  const inQuery = {
    ...defaulted,
    timeoutMs: z.preprocess(integerFromDigits, defaulted.timeoutMs),
    count: z.preprocess(integerFromDigits, defaulted.count),
    intervalMs: z.preprocess(integerFromDigits, defaulted.intervalMs),
    expect: z.preprocess(listFromOne, defaulted.expect),
    tls: tlsQuerySchema().optional(),
    deadlineMs: z.preprocess(integerFromDigits, deadlineMs),
    ...inFleetQuery,
  };
  const query = z.strictObject({
    target: z
      .preprocess((value) => (typeof value === 'string' ? [value] : value), texts)
      .meta({
        description: 'What to reach, as `host:port`, `[v6]:port` or `tcp://host:port`; repeat it for more targets.',
        param: { required: true },
      }),
    ...inQuery,
  });
  const streamQuery = z.strictObject(inQuery);
  return { body, envelope, target, query, streamQuery };
}

/** Typed as those of a fleet, so that there is one type of request: what is not there is an unknown field, and undefined. */
const NO_FLEET = [{}, {}] as unknown as [ReturnType<typeof fleetSchemas>, ReturnType<typeof fleetQuerySchemas>];

/** Of a request, not of a target. */
function deadlineSchema(maxDeadlineMs: number) {
  const bound = integer(10, maxDeadlineMs === 0 ? HOUR_MS : maxDeadlineMs).meta({
    description:
      'Milliseconds from acceptance in which the whole request is answered. What has no answer by then is `failed`, ' +
      'layer `deadline`: code `not-started` or `cut-short`.',
  });
  return maxDeadlineMs === 0 ? bound.optional() : bound.default(maxDeadlineMs);
}

function targetText() {
  const error = takes('"host:port"');
  return z
    .string({ error })
    .min(1, { error })
    .max(MAX_TARGET_LENGTH, { error: takes(`"host:port" of at most ${MAX_TARGET_LENGTH} characters`) })
    .meta({ description: '`host:port`, `[v6]:port` or `tcp://host:port`.' });
}

function targetObject(options: ReturnType<typeof optionSchemas>) {
  const host = takes('a host name or an IP address');
  const name = takes(`a string of 1 to ${MAX_NAME_LENGTH} characters`);
  const overrides = z.object(options).partial().shape;
  return z
    .strictObject({
      host: z.string({ error: host }).min(1, { error: host }).max(MAX_TARGET_LENGTH, { error: host }).meta({
        description: 'IPv4 address, IPv6 address (without brackets), or name.',
      }),
      port: integer(1, 65_535).meta({ description: 'TCP port.' }),
      name: z.string({ error: name }).min(1, { error: name }).max(MAX_NAME_LENGTH, { error: name }).optional().meta({
        description: 'Comes back in the result.',
      }),
      ...overrides,
    })
    .meta({ id: 'TargetObject' });
}
