// What a connect attempt ends in, and what reachd says of it: each answer that TCP knows, silence, and routes that fail.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import type { Behaviour } from '../support/lab/behaviour.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

const TIMEOUT_MS = 400;
const REFUSED = {
  layer: 'tcp',
  code: 'ECONNREFUSED',
  message: "RST from the target's address, which a firewall can forge",
};
const ONE_SYN = { layer: 'deadline', code: 'ETIMEDOUT', message: 'no answer to one SYN within the timeout' };
// The kernel answers a wrong acknowledgement with RST and sends its SYN again at once (tcp_rcv_synsent_state_process).
const TWO_SYNS = { ...ONE_SYN, message: 'no answer to 2 SYNs within the timeout' };

const ANSWERS: readonly [string, Behaviour, { outcome: string; handshake: string; cause: object | null }][] = [
  ['a SYN-ACK', { answer: 'syn-ack' }, { outcome: 'open', handshake: 'half', cause: null }],
  [
    'a SYN-ACK without timestamps',
    { answer: 'syn-ack', timestamps: false },
    { outcome: 'open', handshake: 'half', cause: null },
  ],
  [
    'a SYN-ACK and a banner',
    { answer: 'syn-ack', banner: '220 hello' },
    { outcome: 'open', handshake: 'half', cause: null },
  ],
  ['a SYN-ACK and at once a FIN', { answer: 'syn-ack-then-fin' }, { outcome: 'open', handshake: 'half', cause: null }],
  ['a SYN: simultaneous open', { answer: 'syn' }, { outcome: 'open', handshake: 'full', cause: null }],
  ['a RST', { answer: 'rst' }, { outcome: 'refused', handshake: 'half', cause: REFUSED }],
  [
    'a SYN-ACK that acknowledges something else',
    { answer: 'wrong-ack' },
    { outcome: 'timeout', handshake: 'half', cause: TWO_SYNS },
  ],
  ['silence', { answer: 'silence' }, { outcome: 'timeout', handshake: 'half', cause: ONE_SYN }],
];

const ROUTES = [
  ['unreachable', '10.79.1.0/24', 'fd79:1::/64', 'EHOSTUNREACH', 'a local route says unreachable'],
  ['prohibit', '10.79.2.0/24', 'fd79:2::/64', 'EACCES', 'a local route says prohibited'],
  ['blackhole', '10.79.3.0/24', 'fd79:3::/64', 'EINVAL', 'a local route is a black hole'],
  ['none', '10.79.4.0/24', 'fd79:4::/64', 'ENETUNREACH', 'no route to the address'],
] as const;

labTest('the far side answers, and reachd says what it was', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);
  for (const [index, [, behaviour]] of ANSWERS.entries()) await lab.on(1000 + index, behaviour);

  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = lab.target[family];
    const results = await reachd.results(
      ...ANSWERS.map((_, index) => ({ target: targetAt(address, 1000 + index), timeoutMs: TIMEOUT_MS })),
    );
    for (const [index, [name, , { outcome, handshake, cause }]] of ANSWERS.entries()) {
      await t.test(`${family}: ${name} is ${outcome}`, (t) => {
        const result = results[index];
        const [attempt] = result?.attempts ?? [];
        t.strictSame(
          {
            outcome: result?.outcome,
            ok: result?.ok,
            address: result?.address,
            dns: result?.dns,
            cause: result?.cause,
          },
          { outcome, ok: outcome === 'open', address, dns: null, cause },
        );
        t.equal(result?.attempts.length, 1);
        t.match(attempt, { address, family, outcome, handshake });
        t.strictSame(attempt?.cause, cause);
        t.equal(attempt?.latencyMs, result?.latencyMs);
        t.ok((attempt?.latencyMs ?? -1) > 0, 'a SYN was sent, so there is a latency');
        if (outcome === 'open') t.ok((attempt?.rttMs ?? -1) > 0, 'the kernel knows the round trip');
        else t.equal(attempt?.rttMs, null, 'without an answer there is no round trip');
        t.end();
      });
    }
  }

  await t.test('a RST right behind the SYN-ACK does not unsay that the target was open', async (t) => {
    await lab.on(1100, { answer: 'syn-ack-then-rst' });
    for (const address of Object.values(lab.target)) {
      t.match(await reachd.result({ target: targetAt(address, 1100) }), { outcome: 'open', ok: true });
    }
  });

  for (const [index, family] of (['ipv4', 'ipv6'] as const).entries()) {
    for (const [kind, ipv4, ipv6, code, message] of ROUTES) {
      await t.test(`${family}: a route of type ${kind} is unreachable, by this host's own word`, async (t) => {
        const prefix = [ipv4, ipv6][index] ?? '';
        if (kind !== 'none') await lab.route(kind, prefix);
        const address = prefix.replace(/0\/24|\/64/, '1');
        const { outcome, latencyMs, cause, attempts } = await reachd.result({ target: targetAt(address, 80) });
        t.strictSame(
          { outcome, latencyMs, cause },
          { outcome: 'unreachable', latencyMs: null, cause: { layer: 'local', code, message } },
        );
        t.match(attempts, [{ address, outcome, latencyMs: null, rttMs: null, synRetransmits: 0 }]);
      });
    }
  }

  t.strictSame(await reachd.unexpected(), [], 'the table foresaw every errno');
});
