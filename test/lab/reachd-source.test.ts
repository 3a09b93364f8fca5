// Where a check leaves from: a source address, an interface, and what is said of those that this host does not have.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

const NOT_OURS = {
  layer: 'local',
  code: 'EADDRNOTAVAIL',
  message: 'sourceAddress is not an address of this host',
};
const NO_SUCH_INTERFACE = {
  layer: 'local',
  code: 'ENODEV',
  message: 'sourceInterface does not exist on this host',
};

labTest('a check leaves from where it is told to', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);
  await lab.on(80, { answer: 'syn-ack' });

  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = lab.target[family];
    const target = targetAt(address, 80);
    const second = lab.local.second[family];
    const lastFrom = async (): Promise<string | undefined> =>
      (await lab.flows({ address, port: 80 })).at(-1)?.from.address;

    await t.test(`${family}: without a word, the kernel chooses the first address`, async (t) => {
      t.match(await reachd.result({ target }), { outcome: 'open' });
      t.equal(await lastFrom(), lab.local[family]);
    });

    await t.test(`${family}: sourceAddress is where the SYN comes from, for both handshakes`, async (t) => {
      for (const handshake of ['half', 'full'] as const) {
        t.match(await reachd.result({ target, handshake, sourceAddress: second }), { outcome: 'open' });
        t.equal(await lastFrom(), second);
      }
      await reachd.result({ target });
      t.equal(await lastFrom(), lab.local[family], 'and the next check is not bound to it');
    });

    await t.test(`${family}: many at once from one address do not want for ports`, async (t) => {
      const asks = Array.from({ length: 200 }, () => ({ target, sourceAddress: second }));
      t.strictSame((await reachd.check(asks)).summary.outcomes, { open: 200 });
    });

    await t.test(`${family}: an address that is not ours fails, and no packet leaves`, async (t) => {
      const before = (await lab.seen({ address, port: 80 })).flows;
      const result = await reachd.result({ target, sourceAddress: lab.router[family], expect: 'closed' });
      t.match(result, { outcome: 'failed', ok: false, latencyMs: null });
      t.strictSame(result.cause, NOT_OURS);
      t.equal((await lab.seen({ address, port: 80 })).flows, before);
    });

    await t.test(`${family}: sourceInterface is the way out`, async (t) => {
      t.match(await reachd.result({ target, sourceInterface: lab.device }), { outcome: 'open' });
      t.match(await reachd.result({ target, sourceInterface: lab.device, sourceAddress: second }), { outcome: 'open' });
      t.equal(await lastFrom(), second);
      const before = (await lab.seen({ address, port: 80 })).flows;
      const elsewhere = await reachd.result({ target, sourceInterface: 'lo', timeoutMs: 200 });
      t.not(elsewhere.outcome, 'open', 'the target is not behind that one');
      t.equal((await lab.seen({ address, port: 80 })).flows, before);
    });

    await t.test(`${family}: an interface that does not exist fails, and says so`, async (t) => {
      const result = await reachd.result({ target, sourceInterface: 'nowhere0' });
      t.match(result, { outcome: 'failed', ok: false, latencyMs: null });
      t.strictSame(result.cause, NO_SUCH_INTERFACE);
    });
  }

  for (const [family, loopback, code] of [
    ['ipv4', '127.0.0.1', 'EINVAL'],
    ['ipv6', '::1', 'EADDRNOTAVAIL'],
  ] as const) {
    const address = lab.target[family];
    await t.test(`${family}: from ${loopback} no answer from elsewhere can come, which proves nothing`, async (t) => {
      const before = (await lab.seen({ address, port: 80 })).flows;
      const result = await reachd.result({
        target: targetAt(address, 80),
        sourceAddress: loopback,
        expect: 'closed',
        timeoutMs: 200,
      });
      t.match(result, { outcome: 'failed', ok: false, cause: { layer: 'local', code, message: /sourceAddress/ } });
      const { flows } = await lab.seen({ address, port: 80 });
      if (family === 'ipv4') t.equal(flows, before, 'no packet left');
    });
  }

  await t.test('ipv4: from 127.0.0.1 the host’s own addresses answer', async (t) => {
    const target = targetAt(lab.local.ipv4, 1);
    t.match(await reachd.result({ target, sourceAddress: '127.0.0.1' }), { outcome: 'refused' });
  });

  await t.test('a black hole is the route’s, from whichever address of ours', async (t) => {
    await lab.namespace.route('blackhole', '10.79.9.0/24');
    for (const sourceAddress of [undefined, lab.local.second.ipv4]) {
      const result = await reachd.result({ target: '10.79.9.1:80', ...(sourceAddress && { sourceAddress }) });
      t.match(result, { outcome: 'unreachable', cause: { code: 'EINVAL', message: 'a local route is a black hole' } });
    }
  });

  await t.test('a link-local address takes an interface, on either end', async (t) => {
    for (const ask of [
      { target: '[fe80::77]:80' },
      { target: targetAt(lab.target.ipv6, 80), sourceAddress: 'fe80::77' },
    ]) {
      const result = await reachd.result({ ...ask, expect: 'closed' });
      t.match(result, {
        outcome: 'failed',
        ok: false,
        cause: { code: 'EINVAL', message: /it takes a sourceInterface$/ },
      });
    }
  });

  t.strictSame(await reachd.unexpected(), [], 'the table foresaw every errno');
});
