// Examples of the OpenAPI document. Those of requests run from Swagger UI as they stand: their targets are reachd's own
// port and names that every host knows.
import type { PolicyReport } from '../../policy/rules.ts';
import type { CheckReply, CheckResult } from '../../check/result.ts';
import { invalidRequest, problemReply } from '../problems.ts';
import { IPV4_MAPPED, NAT64 } from '../../policy/well-known-blocks.ts';

/** Of an attempt that is not open. */
const SENT = { localAddress: '127.0.0.1', localPort: 41_806, at: '2026-11-22T17:00:00.000Z' };
const VANTAGE = { name: 'node-a' };

export function requestExamples(port: number) {
  return {
    one: {
      summary: 'One target: this service itself',
      value: { targets: [`127.0.0.1:${port}`] },
    },
    options: {
      summary: 'A name, a full handshake, a short timeout',
      value: { targets: [`localhost:${port}`], handshake: 'full', family: 'ipv4', timeoutMs: 500 },
    },
    batch: {
      summary: 'Several targets, one with options of its own',
      value: {
        targets: [`tcp://127.0.0.1:${port}`, { host: '127.0.0.1', port: 1, name: 'nobody listens', expect: 'closed' }],
        timeoutMs: 1000,
      },
    },
    traced: {
      summary: 'Traced where it is not open, and the way in between',
      value: { targets: [`127.0.0.1:${port}`, '127.0.0.1:1'], trace: 'on-failure' },
    },
    repeated: {
      summary: 'Five attempts with statistics',
      value: { targets: [`127.0.0.1:${port}`], count: 5, intervalMs: 100 },
    },
  };
}

/** Bodies of lines. */
export function lineExamples(port: number) {
  return {
    ndjson: `"127.0.0.1:${port}"\n{"host": "127.0.0.1", "port": 1, "name": "nobody listens", "expect": "closed"}\n`,
    text: `# reachd itself, by address and by name\n127.0.0.1:${port}\nlocalhost:${port}\n`,
  };
}

export function checkReplyExample(port: number): CheckReply {
  return {
    ok: true,
    checkedAt: '2026-11-22T17:00:00.000Z',
    vantage: VANTAGE,
    durationMs: 0.412,
    summary: { total: 1, ok: 1, notOk: 0, outcomes: { open: 1 } },
    results: [resultExample(port)],
  };
}

export function refusedReplyExample(): CheckReply {
  const cause = {
    layer: 'tcp',
    code: 'ECONNREFUSED',
    message: "RST from the target's address, which a firewall can forge",
  } as const;
  const open = resultExample(1);
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

/** The lines of a streamed reply. */
export function streamExamples(port: number) {
  return {
    result: { summary: 'A result, as it settles', value: { index: 0, ...resultExample(port) } },
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
      value: { summary: { ...checkReplyExample(port).summary, invalid: 1 }, vantage: VANTAGE },
    },
    summary: { summary: 'The last line', value: { summary: checkReplyExample(port).summary, vantage: VANTAGE } },
  };
}

export function resultExample(port: number): CheckResult {
  return {
    target: `127.0.0.1:${port}`,
    name: undefined,
    ok: true,
    expect: undefined,
    outcome: 'open',
    latencyMs: 0.091,
    address: '127.0.0.1',
    dns: null,
    cause: null,
    stats: undefined,
    attempts: [
      {
        address: '127.0.0.1',
        family: 'ipv4',
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
