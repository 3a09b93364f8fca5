// What reachd sends, described for the OpenAPI document. The types in check/result.ts are the truth; the assertions at
// the end make the compiler refuse a schema that says anything else. Replies are not validated at run time.
import * as z from 'zod';
import type { Cause } from '../../check/outcome.ts';
import type { AttemptReport, CheckReply, CheckResult, DnsReport, TraceReport } from '../../check/result.ts';
import type { Stats, StreamSummary, Summary, VantageAnswer } from '../../check/result.ts';
import type { TlsReport } from '../../check/tls.ts';
import { PRESETS, type PolicyReport } from '../../policy/rules.ts';
import type { VantagesReport } from '../../fleet/fleet-view.ts';
import { groups, type GroupsReply, readiness, type ReadyReply } from './group-schemas.ts';
import type { attempt, cause, dns, result, stats, trace } from './result-schemas.ts';
import type { tls } from './tls-schemas.ts';
import { reply, resultFields, summary, vantage, vantageAnswer } from './result-schemas.ts';
import type { Assert, Same } from './same-type.ts';

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
      .meta({
        description:
          'The fields that are wrong, or the first of very many; targets in string form are read once the fields are right.',
      }),
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
    z.object({ summary, vantage, vantages: z.array(vantageAnswer).exactOptional() }),
    z.object({ summary: streamSummary, vantage, vantages: z.array(vantageAnswer).exactOptional() }),
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

const instance = z
  .object({
    version: z.string(),
    node: z.string().meta({ description: 'The version of Node that it runs on.' }),
    vantage,
    state: z.enum(['starting', 'serving', 'draining', 'closing']),
    startedAt: z.string().meta({ format: 'date-time' }),
    uptimeMs: z.int().min(0),
    attempts: z.object({
      inFlight: z.int().min(0).meta({ description: 'Attempts that are connecting.' }),
      queued: z.int().min(0).meta({ description: 'Attempts that are accepted and not in flight.' }),
      limit: z.int().min(1).meta({ description: 'MAX_IN_FLIGHT: so many of one caller may be in flight.' }),
    }),
    policy: z.object({ preset: z.enum(PRESETS), mode: z.enum(['enforce', 'report']) }),
  })
  .meta({ id: 'Instance', description: 'One process that answers for its vantage.' });

const vantages = z
  .object({
    bus: z.object({ connected: z.boolean() }),
    vantages: z.array(
      z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()),
        state: z.enum(['here', 'draining', 'lost', 'ambiguous']).meta({
          description:
            '`lost`: it was here, and is remembered for ten minutes. `ambiguous`: instances of this name bear different ' +
            'labels, so none of them is asked.',
        }),
        instances: z.array(z.object({ id: z.string(), version: z.string() })),
      }),
    ),
  })
  .meta({ id: 'Vantages', description: 'The vantage points of the fleet, in the order of their names.' });

/** Every named reply of the document. */
export const REPLY_SCHEMAS = {
  CheckReply: reply,
  CheckStreamLine: streamLine,
  Problem: problem,
  Health: health,
  Policy: policy,
  Readiness: readiness,
  Groups: groups,
  Instance: instance,
  Vantages: vantages,
} as const;

export type ProblemReply = z.output<typeof problem>;
export type InstanceReply = z.output<typeof instance>;
export type HealthReply = z.output<typeof health>;

/** @public Nobody imports it: to be compiled is its work. */
export type SchemasAgreeWithTypes = [
  Assert<Same<z.output<typeof cause>, Cause>>,
  Assert<Same<z.output<typeof attempt>, AttemptReport>>,
  Assert<Same<z.output<typeof dns>, DnsReport>>,
  Assert<Same<z.output<typeof stats>, Stats>>,
  Assert<Same<z.output<typeof trace>, TraceReport>>,
  Assert<Same<z.output<typeof tls>, TlsReport>>,
  Assert<Same<z.output<typeof result>, CheckResult>>,
  Assert<Same<z.output<typeof summary>, Summary>>,
  Assert<Same<z.output<typeof streamSummary>, StreamSummary>>,
  Assert<Same<z.output<typeof reply>, CheckReply>>,
  Assert<Same<z.output<typeof vantageAnswer>, VantageAnswer>>,
  Assert<Same<z.output<typeof vantages>, VantagesReport>>,
  Assert<Same<z.output<typeof policy>, PolicyReport>>,
  Assert<Same<z.output<typeof readiness>, ReadyReply>>,
  Assert<Same<z.output<typeof groups>, GroupsReply>>,
];
