// A machine that had no time for reachd: the whole process stands still while the answer comes. What the kernel did
// meanwhile is told as it was.
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { labTest } from '../support/lab/availability.ts';
import type { Endpoint, Seen, SegmentName } from '../support/lab/behaviour.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

const ANSWER_AFTER_MS = 500;

async function until(lab: Lab, endpoint: Endpoint, isSo: (seen: Seen) => boolean): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if (isSo(await lab.seen(endpoint))) return;
    await sleep(5);
  }
  throw new Error('the lab did not see what it waited for');
}

labTest('a reactor that was late tells what the kernel did', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);
  // The first check of a process pays for what it loads.
  await lab.on(80, { answer: 'rst' });
  await reachd.result({ target: targetAt(lab.target.ipv4, 80) });

  /** One check whose answer comes while the process stands still, until the lab has seen a segment, or for `stillMs`. */
  async function askAndFreeze(
    [address, port]: readonly [string, number],
    timeoutMs: number,
    stillFor: SegmentName | number,
  ): ReturnType<Reachd['result']> {
    const asking = reachd.result({ target: targetAt(address, port), timeoutMs });
    await until(lab, { address, port }, ({ SYN }) => SYN === 1);
    reachd.freeze();
    if (typeof stillFor === 'number') await sleep(stillFor);
    else await until(lab, { address, port }, (seen) => seen[stillFor] === 1);
    reachd.thaw();
    return asking;
  }

  await t.test('so are many such answers, more than one wait tells of', async (t) => {
    const target = targetAt(lab.target.ipv4, 84);
    await lab.on(84, { answer: 'rst', afterMs: 2 * ANSWER_AFTER_MS });
    const asking = reachd.check(Array.from({ length: 1500 }, () => ({ target, timeoutMs: 3 * ANSWER_AFTER_MS })));
    await until(lab, 84, ({ SYN }) => SYN === 1500);
    reachd.freeze();
    await sleep(3 * ANSWER_AFTER_MS);
    reachd.thaw();
    t.strictSame((await asking).summary.outcomes, { refused: 1500 });
  });

  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = lab.target[family];

    await t.test(`${family}: a half-open check that overstayed the delayed ACK says that it was full`, async (t) => {
      await lab.on(81, { answer: 'syn-ack', afterMs: ANSWER_AFTER_MS });
      const { outcome, attempts, latencyMs } = await askAndFreeze([address, 81], 3000, 'ACK');
      t.equal(outcome, 'open');
      t.match(attempts, [{ handshake: 'full', synRetransmits: 0 }]);
      const rttMs = attempts[0]?.rttMs ?? 0;
      t.ok(rttMs >= ANSWER_AFTER_MS - 0.1, `the kernel's round trip, ${rttMs} ms, knows nothing of it`);
      t.ok((latencyMs ?? 0) - rttMs > 150, `and the latency, ${latencyMs ?? '?'} ms, does`);
      t.strictSame((await lab.flows({ address, port: 81 }))[0]?.segments, ['SYN', 'ACK', 'RST']);
    });

    await t.test(`${family}: a handshake and then RST is open, with the reset as its cause`, async (t) => {
      await lab.on(82, { answer: 'syn-ack-then-rst', afterMs: ANSWER_AFTER_MS });
      const result = await askAndFreeze([address, 82], 3000, ANSWER_AFTER_MS + 200);
      t.match(result, { outcome: 'open', ok: true });
      t.strictSame(result.cause, { layer: 'tcp', code: 'ECONNRESET', message: 'reset right after the handshake' });
      t.strictSame(result.attempts[0]?.cause, result.cause);
    });

    await t.test(`${family}: an answer that came in time is no silence, however late it is read`, async (t) => {
      await lab.on(83, { answer: 'rst', afterMs: ANSWER_AFTER_MS });
      t.match(await askAndFreeze([address, 83], ANSWER_AFTER_MS + 100, ANSWER_AFTER_MS + 300), {
        outcome: 'refused',
        cause: { layer: 'tcp', code: 'ECONNREFUSED' },
      });
    });
  }
});
