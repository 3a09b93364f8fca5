// What reachd sends, described for the OpenAPI document. The types in check/result.ts are the truth; the assertions at
// the end make the compiler refuse a schema that says anything else. Replies are not validated at run time.
import { z } from 'zod';
import { type Cause, CAUSE_LAYERS, OUTCOMES } from '../../check/outcome.ts';
import type { AttemptReport, CheckReply, CheckResult, DnsReport } from '../../check/result.ts';
import type { Stats, StreamSummary, Summary } from '../../check/result.ts';
import { PRESETS, type PolicyReport } from '../../policy/rules.ts';
import { FAMILIES, HANDSHAKES } from '../../check/result.ts';

const milliseconds = z.number().min(0);
const latencyMs = milliseconds.nullable();

const outcome = z.enum(OUTCOMES).meta({
  id: 'Outcome',
  description: [
    'What came of it. The first five are the network’s answer; the last four say that the question was not put.',
    '- `open`: a SYN-ACK came back from the target itself',
    '- `refused`: the target answered RST',
    '- `rejected`: something on the way said no, by ICMP port unreachable or prohibited',
    '- `unreachable`: no way there, by ICMP network or host unreachable, no route, no neighbour',
    '- `timeout`: nothing came back before the deadline',
    '- `unresolved`: the name has no usable address',
    '- `denied`: reachd’s own address policy forbids it; no packet was sent',
    '- `failed`: reachd itself could not ask; never the target’s fault',
    '- `cancelled`: the caller left, or reachd is shutting down',
  ].join('\n'),
});

const cause = z
  .object({
    layer: z.enum(CAUSE_LAYERS).meta({ description: 'Where the answer came from.' }),
    code: z.string().meta({ description: 'An errno name, a resolver’s code, or the name of a policy rule.' }),
    message: z.string().meta({ description: 'The same in words.' }),
    icmp: z
      .object({
        type: z.int().min(0).max(255),
        code: z.int().min(0).max(255),
        from: z.string().meta({ description: 'Who sent the ICMP message.' }),
      })
      .exactOptional()
      .meta({ description: 'The ICMP or ICMPv6 message that ended the attempt.' }),
  })
  .meta({ id: 'Cause', description: 'Why it is not open, or why an open one is not well.' });

const attempt = z
  .object({
    address: z.string(),
    family: z.enum(FAMILIES),
    outcome,
    handshake: z.enum(HANDSHAKES),
    latencyMs: latencyMs.meta({ description: 'From connect start to outcome; null when no SYN was sent.' }),
    queuedMs: milliseconds.meta({ description: 'Waiting inside reachd before the SYN left.' }),
    rttMs: milliseconds.nullable().meta({
      description: 'The kernel’s own SYN to SYN-ACK time; null when unknown or a SYN was retransmitted.',
    }),
    synRetransmits: z.int().min(0),
    cause: cause.nullable(),
  })
  .meta({ id: 'Attempt', description: 'One connect(2) to one address.' });

const dns = z
  .object({ durationMs: milliseconds, addresses: z.array(z.string()), cached: z.boolean() })
  .meta({ id: 'Dns', description: 'How the name was resolved.' });

const stats = z
  .object({
    sent: z.int().min(0),
    open: z.int().min(0),
    lossPercent: z.number().min(0).max(100),
    minMs: latencyMs,
    avgMs: latencyMs,
    p50Ms: latencyMs,
    p95Ms: latencyMs,
    maxMs: latencyMs,
    stddevMs: latencyMs,
  })
  .meta({
    id: 'Stats',
    description: 'Latency over repeated attempts, when `count` is above 1; null when none was open.',
  });

const resultFields = {
  target: z.string().meta({ description: 'In its canonical spelling.' }),
  name: z.string().exactOptional().meta({ description: 'As the request named it.' }),
  ok: z.boolean().meta({ description: 'Whether the outcome is the expected one.' }),
  outcome,
  latencyMs: latencyMs.meta({ description: 'Of the attempt that decided; null when no SYN was sent.' }),
  address: z.string().nullable().meta({ description: 'Of the attempt that decided; null when there was none.' }),
  dns: dns.nullable().meta({ description: 'Null for an IP literal.' }),
  cause: cause.nullable(),
  stats: stats.exactOptional(),
  attempts: z.array(attempt),
};
const result = z.object(resultFields).meta({ id: 'CheckResult', description: 'The answer about one target.' });

const summary = z
  .object({
    total: z.int().min(0),
    ok: z.int().min(0),
    failed: z.int().min(0).meta({ description: 'Results that are not ok.' }),
    outcomes: z
      .partialRecord(z.enum(OUTCOMES), z.int().min(0))
      .meta({ description: 'How many results of each outcome.' }),
  })
  .meta({ id: 'Summary' });

const reply = z
  .object({
    ok: z.boolean().meta({ description: 'Whether every result is ok.' }),
    checkedAt: z.string().meta({ format: 'date-time', description: 'When the checks began, UTC.' }),
    durationMs: milliseconds,
    summary,
    results: z.array(result).meta({ description: 'One for each target, in the order of the request.' }),
  })
  .meta({ id: 'CheckReply', description: 'All times are milliseconds with at most three decimals.' });

const problem = z
  .object({
    type: z.string().meta({ description: 'The kind of problem, as a URI: `urn:reachd:problem:` and its code.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({ description: 'Which field, such as `targets[3].port`.' }),
          message: z.string().meta({ description: 'What it takes.' }),
        }),
      )
      .exactOptional()
      .meta({ description: 'Every field that is wrong, or the first of very many.' }),
  })
  .meta({ id: 'Problem', description: 'An error after RFC 9457.' });

const streamSummary = summary
  .extend({
    invalid: z.int().min(0).meta({ description: 'Lines that are no target; they are not among the `total`.' }),
  })
  .meta({ id: 'StreamSummary', description: 'What ends a stream.' });

const index = z.int().min(0);
const streamLine = z
  .union([
    z.object({ index, ...resultFields }),
    z.object({ index, problem }),
    z.object({ summary }),
    z.object({ summary: streamSummary }),
  ])
  .meta({
    id: 'CheckStreamLine',
    description:
      'A result with its index in the request, as it settles, or the problem of a line that is no target; last, the summary.',
  });

const health = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    checks: z
      .array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() }))
      .exactOptional()
      .meta({ description: 'Each condition; without `verbose` only those that fail.' }),
  })
  .meta({ id: 'Health', description: 'This process only; no target is ever checked for it.' });

const ruleFields = {
  rule: z.string().meta({ description: 'Its name, as a `denied` result gives it.' }),
  blocks: z.array(z.string()).meta({ description: 'What it covers, as CIDR blocks.' }),
};
const rule = z
  .union([
    z.object({ allowed: z.literal(true), ...ruleFields }),
    z.object({ allowed: z.literal(false), reason: z.string(), ...ruleFields }),
  ])
  .meta({ id: 'PolicyRule' });

const policy = z
  .object({
    mode: z.enum(['enforce', 'report']).meta({
      description: '`report`: what the rules deny is let pass, logged and counted.',
    }),
    preset: z.enum(PRESETS),
    registriesAsOf: z.string().meta({ description: 'The day of the IANA registries that the presets are made of.' }),
    allowPorts: z.array(z.string()).meta({ description: 'Ports and ranges that are let through; empty when all are.' }),
    carriers: z.array(z.object({ name: z.string(), block: z.string(), judgedAs: z.string() })).meta({
      description: 'Blocks whose addresses are judged as the IPv4 address that they carry.',
    }),
    rules: z.array(rule).meta({
      description: 'In order of precedence; of a preset’s own rules the longest block around an address decides.',
    }),
    denials: z.record(z.string(), z.int().min(0)).meta({ description: 'Denials by rule since the start.' }),
  })
  .meta({ id: 'Policy', description: 'The address policy in force.' });

/** Every named reply of the document. */
export const REPLY_SCHEMAS = {
  CheckReply: reply,
  CheckStreamLine: streamLine,
  Problem: problem,
  Health: health,
  Policy: policy,
} as const;

export type ProblemReply = z.output<typeof problem>;
export type HealthReply = z.output<typeof health>;

/** A type as JSON carries it: a field that may be undefined is one that may be missing. */
type AsJson<T> = T extends readonly (infer Item)[]
  ? readonly AsJson<Item>[]
  : T extends object
    ? Flat<
        { readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: AsJson<T[Key]> } & {
          readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: AsJson<Exclude<T[Key], undefined>>;
        }
      >
    : T;
type Flat<T> = { [Key in keyof T]: T[Key] };
/**
 * True only for types that no context can tell apart; mere assignability would let optional fields be forgotten, and
 * expect-type's toEqualTypeOf lets them be forgotten inside arrays and nullable fields.
 */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- T is what keeps the compiler from simplifying. */
type Same<A, B> = (<T>() => T extends AsJson<A> ? 1 : 2) extends <T>() => T extends AsJson<B> ? 1 : 2 ? true : false;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
type Assert<Claim extends true> = Claim;

/** @public Nobody imports it: to be compiled is its work. */
export type SchemasAgreeWithTypes = [
  Assert<Same<z.output<typeof cause>, Cause>>,
  Assert<Same<z.output<typeof attempt>, AttemptReport>>,
  Assert<Same<z.output<typeof dns>, DnsReport>>,
  Assert<Same<z.output<typeof stats>, Stats>>,
  Assert<Same<z.output<typeof result>, CheckResult>>,
  Assert<Same<z.output<typeof summary>, Summary>>,
  Assert<Same<z.output<typeof streamSummary>, StreamSummary>>,
  Assert<Same<z.output<typeof reply>, CheckReply>>,
  Assert<Same<z.output<typeof policy>, PolicyReport>>,
];
