// What a check puts on the wire, packet by packet: half-open ones never acknowledge, full ones end in order.
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { IDLE_MS } from '../../src/reactor/sockets.ts';
import { labTest } from '../support/lab/availability.ts';
import type { Behaviour, Endpoint, SegmentName } from '../support/lab/behaviour.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

const MANY = 100;
const QUIET_MS = 150;
const MOST_MS = 3000;

/** The segments of an endpoint's last flow, once there has been a FIN or a RST and then nothing more for a while. */
async function segmentsOf(lab: Lab, endpoint: Endpoint): Promise<readonly SegmentName[]> {
  let segments: readonly SegmentName[] = [];
  for (let waited = 0; waited < MOST_MS; waited += QUIET_MS) {
    await sleep(QUIET_MS);
    const now = (await lab.flows(endpoint)).at(-1)?.segments ?? [];
    if (now.length === segments.length && (now.includes('FIN') || now.includes('RST'))) return now;
    segments = now;
  }
  return segments;
}

const FULL: readonly (readonly [string, Behaviour])[] = [
  ['a silent listener', { answer: 'syn-ack' }],
  ['a peer that greets first', { answer: 'syn-ack', banner: '220 hello\r\n' }],
  ['a peer that closes at once', { answer: 'syn-ack-then-fin' }],
  ['a peer that opens at the same time', { answer: 'syn' }],
  ['one that opens at the same time and greets', { answer: 'syn', banner: '220 hello\r\n' }],
];

labTest('checks leave exactly the packets that they should', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);

  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = lab.target[family];

    await t.test(`${family}: a half-open check is a SYN and a RST, and no ACK`, async (t) => {
      await lab.on(80, { answer: 'syn-ack', banner: '220 hello\r\n' });
      t.match(await reachd.result({ target: targetAt(address, 80) }), { attempts: [{ handshake: 'half' }] });
      t.strictSame(await segmentsOf(lab, { address, port: 80 }), ['SYN', 'RST']);
    });

    await t.test(`${family}: so are ${MANY} at once, on new sockets and on used ones`, async (t) => {
      await lab.on(81, { answer: 'syn-ack' });
      const asks = Array.from({ length: MANY }, () => ({ target: targetAt(address, 81) }));
      for (let round = 1; round <= 2; round += 1) {
        t.strictSame((await reachd.check(asks)).summary.outcomes, { open: MANY });
        t.strictSame(await lab.seen({ address, port: 81 }), {
          flows: MANY * round,
          SYN: MANY * round,
          'SYN-ACK': 0,
          ACK: 0,
          RST: MANY * round,
          FIN: 0,
          data: 0,
        });
      }
    });

    await t.test(`${family}: a refused check is one SYN`, async (t) => {
      await lab.on(82, { answer: 'rst' });
      for (const handshake of ['half', 'full'] as const) {
        await reachd.result({ target: targetAt(address, 82), handshake });
        t.strictSame((await lab.flows({ address, port: 82 })).at(-1)?.segments, ['SYN']);
      }
    });

    await t.test(`${family}: a check that times out leaves nothing behind its SYN`, async (t) => {
      await lab.on(83, { answer: 'syn-ack', afterMs: 250 });
      t.match(await reachd.result({ target: targetAt(address, 83), timeoutMs: 100 }), { outcome: 'timeout' });
      // The late SYN-ACK meets a closed socket.
      t.strictSame(await segmentsOf(lab, { address, port: 83 }), ['SYN', 'RST']);
    });

    for (const [index, [peer, behaviour]] of FULL.entries()) {
      await t.test(`${family}: a full check of ${peer} ends with FIN and no RST`, async (t) => {
        const port = 90 + index;
        await lab.on(port, behaviour);
        const result = await reachd.result({ target: targetAt(address, port), handshake: 'full' });
        t.match(result, { outcome: 'open', cause: null, attempts: [{ handshake: 'full' }] });
        const segments = await segmentsOf(lab, { address, port });
        t.equal(segments.filter((segment) => segment === 'FIN').length, 1, segments.join(' '));
        t.notOk(segments.includes('RST'), segments.join(' '));
        const first = behaviour.answer === 'syn' ? ['SYN', 'SYN-ACK'] : ['SYN', 'ACK'];
        t.strictSame(segments.slice(0, 2), first);
      });
    }

    await t.test(`${family}: nor does a RST follow when their sockets are closed at last`, async (t) => {
      await sleep(IDLE_MS + 200);
      for (const index of FULL.keys()) t.match(await lab.seen({ address, port: 90 + index }), { FIN: 1, RST: 0 });
    });
  }
});
