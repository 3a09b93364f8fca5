// What reachd sends of checks, described for the OpenAPI document. The types in check/result.ts are the truth, and
// reply-schemas.ts has the compiler refuse a schema that says anything else.
import * as z from 'zod';
import { EXPECTABLE } from '../../check/expectation.ts';
import { CAUSE_LAYERS, OUTCOMES } from '../../check/outcome.ts';
import { FAMILIES, HANDSHAKES } from '../../check/result.ts';
import { tls } from './tls-schemas.ts';

const milliseconds = z.number().min(0);
const latencyMs = milliseconds.nullable();

const outcome = z.enum(OUTCOMES).meta({
  id: 'Outcome',
  description: [
    'What came of it. The first five are the network’s answer; the last four say that the question was not put, or not to the end.',
    '- `open`: a SYN-ACK from the target’s address',
    '- `refused`: RST from the target’s address (a firewall can forge it; a trace may tell)',
    '- `rejected`: something on the way said no, by ICMP port unreachable or prohibited',
    '- `unreachable`: no way there, by ICMP network or host unreachable, no route, no neighbour',
    '- `timeout`: nothing came back within `timeoutMs`',
    '- `unresolved`: the name has no usable address',
    '- `denied`: reachd’s own address policy forbids it; no packet was sent',
    '- `failed`: reachd itself could not ask; never the target’s fault',
    '- `cancelled`: the caller left, or reachd is shutting down',
  ].join('\n'),
});

export const cause = z
  .object({
    layer: z.enum(CAUSE_LAYERS).meta({
      description:
        'Where the answer came from; `expectation`: the answer is plain, and not what was expected; `fleet`: the vantage ' +
        'point gave none.',
    }),
    code: z.string().meta({
      description:
        'An errno name, a resolver’s code, OpenSSL’s reason, the name of a policy rule, or a word of reachd’s own, such as ' +
        '`not-started`.',
    }),
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
  .meta({ id: 'Cause', description: 'Why it is not open, why an open one is not well, or why it is not as expected.' });

export const attempt = z
  .object({
    round: z.int().min(1).exactOptional().meta({ description: 'With a `count` above 1.' }),
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
    localAddress: z.string().nullable().exactOptional().meta({
      description: 'Where the SYN left from; null when none did. This and the next two are of what is not open.',
    }),
    localPort: z.int().min(0).max(65_535).nullable().exactOptional(),
    at: z.string().exactOptional().meta({
      format: 'date-time',
      description: 'When the SYN left, UTC; where none did, when the attempt was given up.',
    }),
    tls: tls.nullable().exactOptional().meta({
      description:
        'With `tls`; null where no handshake came to an outcome, such as that of an address that lost a race.',
    }),
  })
  .meta({ id: 'Attempt', description: 'One connect(2) to one address.' });

export const dns = z
  .object({
    durationMs: milliseconds,
    queuedMs: milliseconds.meta({ description: 'Waiting inside reachd for a place among the lookups.' }),
    addresses: z.array(z.string()),
    cached: z.boolean(),
  })
  .meta({ id: 'Dns', description: 'How the name was resolved.' });

const outcomeCounts = z.partialRecord(z.enum(OUTCOMES), z.int().min(0));

export const stats = z
  .object({
    sent: z.int().min(0).meta({ description: 'Rounds whose question was put.' }),
    open: z.int().min(0),
    lossPercent: z.number().min(0).max(100).meta({ description: 'Of those sent, how many met silence (`timeout`).' }),
    minMs: latencyMs,
    avgMs: latencyMs,
    p50Ms: latencyMs,
    p95Ms: latencyMs,
    maxMs: latencyMs,
    stddevMs: latencyMs,
    synRetransmits: z.int().min(0).meta({ description: 'The sum.' }),
    outcomes: outcomeCounts.meta({ description: 'How many rounds came to each outcome.' }),
  })
  .meta({
    id: 'Stats',
    description:
      'Of the attempts that decided their rounds, when `count` is above 1; times are null when none was open.',
  });

export const trace = z
  .object({
    answeredAtTtl: z.int().min(1).max(255).nullable().meta({
      description:
        'The least TTL with which a SYN is answered in the target’s name; null when none is, or when it is not known.',
    }),
    by: z
      .enum(['target', 'other'])
      .nullable()
      .meta({
        description:
          'Who answers, as another port of the same address tells: `target`, or `other`, something on the way that answers ' +
          'in its place. Null where it cannot be known.',
      }),
    hops: z
      .array(
        z.object({
          ttl: z.int().min(1).max(255),
          address: z.string().nullable().meta({ description: 'Null where nobody answered, which proves nothing.' }),
          latencyMs,
        }),
      )
      .meta({ description: 'The routers on the way, in order. Targets at one address share them.' }),
    last: z
      .object({ ttl: z.int().min(1).max(255), address: z.string() })
      .nullable()
      .meta({ description: 'The farthest router that answered.' }),
    summary: z.string().meta({ description: 'The same in words.' }),
  })
  .meta({ id: 'Trace', description: 'Where SYNs to the target end, and who answers them.' });

export const resultFields = {
  target: z.string().meta({ description: 'In its canonical spelling.' }),
  name: z.string().exactOptional().meta({ description: 'As the request named it.' }),
  vantage: z.string().exactOptional().meta({ description: 'With `from`: the vantage point that it was asked from.' }),
  ok: z
    .boolean()
    .meta({ description: 'Whether the outcome is the expected one, and with `tls` that of the handshake too.' }),
  expect: z
    .union([z.enum(['open', 'closed']), z.array(z.enum(EXPECTABLE))])
    .exactOptional()
    .meta({ description: 'What was expected, unless it is `open`.' }),
  outcome,
  latencyMs: latencyMs.meta({ description: 'Of the attempt that decided; null when no SYN was sent.' }),
  address: z.string().nullable().meta({ description: 'Of the attempt that decided; null when there was none.' }),
  dns: dns.nullable().meta({ description: 'Null for an IP literal.' }),
  cause: cause.nullable(),
  tls: tls.nullable().exactOptional().meta({ description: 'With `tls`: of the attempt that decided.' }),
  stats: stats.exactOptional(),
  attempts: z.array(attempt),
  truncated: z.literal(true).exactOptional().meta({
    description: 'With `from`: the attempts were longer than a message of the fleet may be, and are left out.',
  }),
  trace: trace.exactOptional().meta({ description: 'When one was asked for and made.' }),
};
export const result = z.object(resultFields).meta({ id: 'CheckResult', description: 'The answer about one target.' });

export const summary = z
  .object({
    total: z.int().min(0),
    ok: z.int().min(0),
    notOk: z.int().min(0).meta({ description: 'Results that are not ok.' }),
    outcomes: outcomeCounts.meta({ description: 'How many results of each outcome.' }),
  })
  .meta({ id: 'Summary' });

export const vantage = z
  .object({ name: z.string().meta({ description: '`VANTAGE`, or the name of the host.' }) })
  .meta({ id: 'Vantage', description: 'From where the targets were asked; with `from`, who asked the others.' });

export const vantageAnswer = z
  .object({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    state: z.enum(['answered', 'partial', 'missing']).meta({
      description: 'Whether all, some or none of its results are its own answers.',
    }),
    checkedAt: z.string().exactOptional().meta({ format: 'date-time', description: 'By its own clock, UTC.' }),
    durationMs: milliseconds.exactOptional(),
    cause: cause.exactOptional().meta({ description: 'Why some results are not its own; the layer is `fleet`.' }),
  })
  .meta({ id: 'VantageAnswer', description: 'What one vantage point had to say to a request.' });

export const reply = z
  .object({
    ok: z.boolean().meta({ description: 'Whether every result is ok.' }),
    checkedAt: z.string().meta({ format: 'date-time', description: 'When the checks began, UTC.' }),
    vantage,
    durationMs: milliseconds,
    summary,
    vantages: z.array(vantageAnswer).exactOptional().meta({
      description: 'With `from`: who was asked, in the order of their names.',
    }),
    results: z.array(result).meta({
      description: 'One for each target, in the order of the request; with `results: failed` those that are not ok.',
    }),
  })
  .meta({ id: 'CheckReply', description: 'All times are milliseconds with at most three decimals.' });
