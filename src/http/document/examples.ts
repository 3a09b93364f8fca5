// Examples of the OpenAPI document. Those of requests run from Swagger UI as they stand: they ask about
// reachd's own port, which everybody may check half-open.
import type { PolicyReport } from '../../policy/rules.ts';
import type { CheckReply, CheckResult } from '../../check/result.ts';
import { invalidRequest, problemReply } from '../problems.ts';
import type { CheckQuery } from '../../contract/request-schemas.ts';
import { ownPort, type OwnPort } from './own-port.ts';
import type { InstanceReply } from './reply-schemas.ts';
import { IPV4_MAPPED, NAT64 } from '../../policy/well-known-blocks.ts';

/** Of an attempt that is not open. */
const SENT = { localAddress: '127.0.0.1', localPort: 41_806, at: '2026-11-22T17:00:00.000Z' };
const VANTAGE = { name: 'node-a' };

export function requestExamples({ target, host, name, family, port }: OwnPort) {
  return {
    one: {
      summary: 'One target: this service itself',
      value: { targets: [target] },
    },
    options: {
      summary: 'By its name, over one family, with a short timeout',
      value: { targets: [{ host: name, port }], family, timeoutMs: 500 },
    },
    batch: {
      summary: 'Several targets, one with options of its own',
      value: { targets: [`tcp://${target}`, { host, port, name: 'patient', timeoutMs: 2000 }], timeoutMs: 500 },
    },
    traced: {
      summary: 'With the way that its packets take',
      value: { targets: [target], trace: 'always' },
    },
    repeated: {
      summary: 'Five attempts with statistics',
      value: { targets: [target], count: 5, intervalMs: 100 },
    },
    closed: {
      summary: 'A test of a firewall: this port is open, so it is not as expected',
      value: { targets: [target], expect: 'closed' },
    },
  };
}

/** One for each parameter of GET /check, which may all be sent at once. */
export function queryExamples({ target, host, family }: OwnPort): Readonly<Record<keyof CheckQuery, unknown>> {
  return {
    target: [target],
    timeoutMs: 500,
    handshake: 'half',
    family,
    addresses: 'any',
    expect: 'open',
    count: 3,
    intervalMs: 100,
    sourceAddress: host,
    sourceInterface: 'lo',
    trace: 'none',
    tls: false,
    results: 'all',
    deadlineMs: 5000,
    from: ['*', 'zone=eu-1a'],
    by: 'every',
  };
}

/** Bodies of lines. */
export function lineExamples({ target, host, port }: OwnPort) {
  return {
    ndjson: `"${target}"\n{"host": "${host}", "port": ${port}, "name": "once more", "timeoutMs": 500}\n`,
    text: `# reachd itself, twice\n${target}\ntcp://${target}\n`,
  };
}

export function checkReplyExample(own: OwnPort): CheckReply {
  return {
    ok: true,
    checkedAt: '2026-11-22T17:00:00.000Z',
    vantage: VANTAGE,
    durationMs: 0.412,
    summary: { total: 1, ok: 1, notOk: 0, outcomes: { open: 1 } },
    results: [resultExample(own)],
  };
}

/** Another port of the same host. */
export function refusedReplyExample(): CheckReply {
  const cause = {
    layer: 'tcp',
    code: 'ECONNREFUSED',
    message: "RST from the target's address, which a firewall can forge",
  } as const;
  const open = resultExample(ownPort({ host: '127.0.0.1', port: 1 }));
  return {
    ok: false,
    checkedAt: '2026-11-22T17:00:00.000Z',
    vantage: VANTAGE,
    durationMs: 0.298,
    summary: { total: 1, ok: 0, notOk: 1, outcomes: { refused: 1 } },
    results: [
      {
        ...open,
        ok: false,
        outcome: 'refused',
        cause,
        attempts: open.attempts.map((attempt) => ({ ...attempt, outcome: 'refused', rttMs: null, cause, ...SENT })),
      },
    ],
  };
}

/** Two of the many rules. */
export function policyExample(): PolicyReport {
  const reason = 'addresses of cloud metadata services are never checked';
  return {
    mode: 'enforce',
    preset: 'cluster',
    registriesAsOf: '2026-11-22',
    allowPorts: [],
    carriers: [IPV4_MAPPED, NAT64],
    rules: [
      { allowed: false, rule: 'metadata', reason, blocks: ['169.254.169.254/32', 'fd00:ec2::254/128'] },
      { allowed: true, rule: 'private', blocks: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] },
    ],
    denials: { metadata: 3 },
  };
}

export function instanceExample(): InstanceReply {
  return {
    version: '0.1.0',
    node: 'v24.14.1',
    vantage: VANTAGE,
    state: 'serving',
    startedAt: '2026-11-22T09:00:00.000Z',
    uptimeMs: 28_800_000,
    attempts: { inFlight: 12, queued: 0, limit: 10_240 },
    policy: { preset: 'cluster', mode: 'enforce' },
  };
}

/** The lines of a streamed reply. */
export function streamExamples(own: OwnPort) {
  return {
    result: { summary: 'A result, as it settles', value: { index: 0, ...resultExample(own) } },
    problem: {
      summary: 'A line of a stream that is no target',
      value: {
        index: 1,
        problem: problemReply(
          invalidRequest([{ path: 'target.port', message: 'takes an integer from 1 to 65535' }]),
          '/check',
        ),
      },
    },
    end: {
      summary: 'The last line of a stream',
      value: { summary: { ...checkReplyExample(own).summary, invalid: 1 }, vantage: VANTAGE },
    },
    summary: { summary: 'The last line', value: { summary: checkReplyExample(own).summary, vantage: VANTAGE } },
  };
}

export function resultExample({ target, host, family }: OwnPort): CheckResult {
  return {
    target,
    name: undefined,
    ok: true,
    expect: undefined,
    outcome: 'open',
    latencyMs: 0.091,
    address: host,
    dns: null,
    cause: null,
    stats: undefined,
    attempts: [
      {
        address: host,
        family: family === 'ipv6' ? 'ipv6' : 'ipv4',
        outcome: 'open',
        handshake: 'half',
        latencyMs: 0.091,
        queuedMs: 0.02,
        rttMs: 0.024,
        synRetransmits: 0,
        cause: null,
      },
    ],
  };
}
