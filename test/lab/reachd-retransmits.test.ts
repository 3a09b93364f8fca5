// Lost SYNs: how many the kernel sent again, on success and on silence, and what a round trip is worth then.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import type { Behaviour } from '../support/lab/behaviour.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

interface Row {
  readonly says: string;
  readonly behaviour: Behaviour;
  readonly outcome: string;
  readonly synRetransmits: number;
  /** The latency, from and below: Linux sends its SYN again after 1, 2 and 3 s. */
  readonly ms: readonly [number, number];
  readonly message?: string;
  readonly segments: readonly string[];
}

const TIMEOUT_MS = 3500;
const ROWS: readonly Row[] = [
  {
    says: 'one SYN lost',
    behaviour: { answer: 'syn-ack', fromSyn: 2 },
    outcome: 'open',
    synRetransmits: 1,
    ms: [950, 1900],
    segments: ['SYN', 'SYN', 'RST'],
  },
  {
    says: 'two SYNs lost',
    behaviour: { answer: 'syn-ack', fromSyn: 3 },
    outcome: 'open',
    synRetransmits: 2,
    ms: [1950, 2900],
    segments: ['SYN', 'SYN', 'SYN', 'RST'],
  },
  {
    says: 'three SYNs lost in 3.5 s, and the fourth unanswered',
    behaviour: { answer: 'silence' },
    outcome: 'timeout',
    synRetransmits: 3,
    // The time in reachd's queue is part of the timeout.
    ms: [TIMEOUT_MS - 400, TIMEOUT_MS + 900],
    message: 'no answer to 4 SYNs within the timeout',
    segments: ['SYN', 'SYN', 'SYN', 'SYN'],
  },
  {
    says: 'an answer slower than the first retransmission',
    behaviour: { answer: 'syn-ack', afterMs: 1400 },
    outcome: 'open',
    synRetransmits: 1,
    ms: [1400, 1950],
    // Both SYNs are answered; the second answer meets a closed socket.
    segments: ['SYN', 'SYN', 'RST', 'RST'],
  },
  {
    says: 'one SYN lost, and the second refused',
    behaviour: { answer: 'rst', fromSyn: 2 },
    outcome: 'refused',
    synRetransmits: 1,
    ms: [950, 1900],
    message: "RST from the target's address, which a firewall can forge",
    segments: ['SYN', 'SYN'],
  },
];

labTest('SYNs that were sent again are counted, and spoil the round trip', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);
  for (const [index, { behaviour }] of ROWS.entries()) await lab.on(1000 + index, behaviour);
  const cases = (['ipv4', 'ipv6'] as const).flatMap((family) =>
    ROWS.map((row, index) => ({ family, row, address: lab.target[family], port: 1000 + index })),
  );
  const results = await reachd.results(
    ...cases.map(({ address, port }) => ({ target: targetAt(address, port), timeoutMs: TIMEOUT_MS })),
  );

  for (const [index, { family, row, address, port }] of cases.entries()) {
    await t.test(`${family}: ${row.says}`, async (t) => {
      const { outcome, attempts, latencyMs, cause } = results[index] ?? {};
      const ms = latencyMs ?? NaN;
      t.equal(outcome, row.outcome);
      t.match(attempts, [{ synRetransmits: row.synRetransmits, rttMs: null, handshake: 'half' }]);
      t.equal(cause?.message, row.message);
      const [least, below] = row.ms;
      t.ok(ms >= least && ms < below, `after ${ms} ms`);
      t.strictSame((await lab.flows({ address, port }))[0]?.segments, row.segments);
    });
  }
});
