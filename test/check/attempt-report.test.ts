// What one attempt says of itself.
import t from 'tap';
import type { Cause, Outcome } from '../../src/check/outcome.ts';
import { reportAttempt } from '../../src/check/report.ts';
import { monotonicMs } from '../../src/clock.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { address, CANCELLED, facts, OPEN, tcp } from '../support/fake-reactor.ts';

const CAUSE: Cause = { layer: 'tcp', code: 'ECONNREFUSED', message: 'as the test says' };

t.test('an attempt’s report has the facts, in milliseconds', (t) => {
  const raw = { ...OPEN, latencyMs: 0.41234, queuedMs: 0.0204 };
  t.same(reportAttempt(address('10.0.0.7'), 'half', raw, { outcome: 'open', cause: null }), {
    ...{ address: '10.0.0.7', family: 'ipv4', outcome: 'open', handshake: 'half' },
    ...{ latencyMs: 0.412, queuedMs: 0.02, rttMs: 0.387, synRetransmits: 0, cause: null },
  });
  t.match(
    reportAttempt(address('fd00::7'), 'full', facts({ latencyMs: null, queuedMs: 3 }), {
      outcome: 'refused',
      cause: CAUSE,
    }),
    {
      ...{ address: 'fd00::7', family: 'ipv6', outcome: 'refused', handshake: 'full' },
      ...{ latencyMs: null, queuedMs: 3, rttMs: null, synRetransmits: 0, cause: CAUSE },
    },
  );
  t.end();
});

// TCP_INFO's words of an open attempt, or of another, and what becomes of them.
const EVIDENCE = [
  ['the kernel’s round trip', tcp({ rttUs: 1234 }), 'open', { rttMs: 1.234, synRetransmits: 0 }],
  ['none where TCP_INFO has none', tcp(), 'open', { rttMs: null }],
  ['none where a SYN was retransmitted', tcp({ rttUs: 9, synRetransmits: 1 }), 'open', { rttMs: null }],
  ['none where it is not open', tcp({ rttUs: 9 }), 'refused', { rttMs: null }],
  ['retransmissions of a timeout', tcp({ synRetransmits: 3, segsOut: 4 }), 'timeout', { synRetransmits: 3 }],
  ['half: a SYN and no more', tcp({ segsOut: 1 }), 'open', { handshake: 'half' }],
  ['half: two SYNs', tcp({ segsOut: 2, synRetransmits: 1 }), 'open', { handshake: 'half' }],
  ['overstayed: the kernel sent its ACK', tcp({ segsOut: 2 }), 'open', { handshake: 'full' }],
  ['overstayed after two SYNs', tcp({ segsOut: 3, synRetransmits: 1 }), 'open', { handshake: 'full' }],
  ['two segments, and not open', tcp({ segsOut: 2 }), 'refused', { handshake: 'half' }],
  ['no latency where no SYN left', tcp({ segsOut: 0 }), 'unreachable', { latencyMs: null }],
  ['without TCP_INFO', null, 'timeout', { rttMs: null, synRetransmits: 0, handshake: 'half', latencyMs: 0.4 }],
] as const;

t.test('an attempt that is not open says from where and when its SYN left, and an open one does not', (t) => {
  const judged = (result: AttemptResult, outcome: Outcome = 'timeout') =>
    reportAttempt(address('10.0.0.7'), 'half', result, { outcome, cause: null });
  const agoMs = (at: string | undefined) => Date.now() - Date.parse(at ?? '');
  const sent = facts({ tcp: tcp(), startedAt: monotonicMs() - 60_000, latencyMs: 30_000 });
  const asked = judged(sent);
  t.match(asked, { localAddress: '10.0.0.2', localPort: 40_000, at: /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/ });
  t.ok(Math.abs(agoMs(asked.at) - 60_000) < 10_000);
  const none = { localAddress: null, localPort: null };
  const unsent = judged({ ...sent, tcp: tcp({ segsOut: 0 }) });
  t.match(unsent, none);
  t.ok(Math.abs(agoMs(unsent.at) - 30_000) < 10_000, 'the end of one whose SYN never left');
  const unasked = judged(CANCELLED, 'cancelled');
  t.match(unasked, none);
  t.ok(agoMs(unasked.at) < 10_000);
  t.match(judged({ ...sent, local: null }), { ...none, at: String });
  for (const key of ['localAddress', 'localPort', 'at']) t.notOk(key in judged(sent, 'open'), key);
  t.end();
});

t.test('TCP_INFO is told where it can be trusted', (t) => {
  for (const [claim, info, outcome, expected] of EVIDENCE) {
    const judgement = { outcome, cause: null };
    t.match(reportAttempt(address('10.0.0.7'), 'half', facts({ tcp: info }), judgement), expected, claim);
  }
  t.end();
});
