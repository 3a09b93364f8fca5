// Names: what the resolver said when it found nothing, how long it took, and what becomes of several addresses.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import type { Ask } from '../support/lab/reachd-agent.ts';
import { Reachd } from '../support/lab/reachd.ts';

const STAGGER_MS = 250;
const SLOW_MS = 300;
const OPEN = 80;
const HUNDRED = Array.from({ length: 100 }, (_, index) => `10.77.3.${index + 1}`);
const DEAD = { ipv4: '10.77.4.1', ipv6: 'fd77::4:1' };
const LIVE = { ipv4: '10.77.4.2', ipv6: 'fd77::4:2' };
const TABLE = {
  'open.lab': { addresses: ['10.77.1.1'] },
  'nodata.lab': {},
  'servfail.lab': { rcode: 'SERVFAIL' },
  'refused.lab': { rcode: 'REFUSED' },
  'silent.lab': { isSilent: true },
  'slow.lab': { addresses: ['10.77.1.2'], afterMs: SLOW_MS },
  'late.lab': { addresses: ['10.77.1.3'], afterMs: 600 },
  'hundred.lab': { addresses: HUNDRED },
  'both.lab': { addresses: ['10.77.1.1', 'fd77::1:1'] },
  'pair-ipv4.lab': { addresses: [DEAD.ipv4, LIVE.ipv4] },
  'pair-ipv6.lab': { addresses: [DEAD.ipv6, LIVE.ipv6] },
} as const;

t.setTimeout(120_000);

labTest('names are resolved, and what fails says where', async (t) => {
  const lab = await Lab.create({ hosts: '127.0.0.1 localhost\n10.77.1.9 filed.lab\n' });
  t.teardown(() => lab.close());
  // A silent server holds a thread; the tests next door must not wait for it (resolver.ts).
  process.env['UV_THREADPOOL_SIZE'] = '16';
  const [dns, reachd] = await Promise.all([lab.dns(TABLE), Reachd.start(lab.namespace)]);
  await lab.on(OPEN, { answer: 'syn-ack' });
  for (const address of Object.values(DEAD)) await lab.on({ address, port: OPEN }, { answer: 'silence' });
  const ask = (name: string, options: Omit<Ask, 'target'> = {}): Ask => ({ target: `${name}:${OPEN}`, ...options });

  await t.test('a name that has no address says why, in the resolver’s own words', async (t) => {
    const results = await reachd.results(
      ask('nowhere.lab'),
      ask('nodata.lab'),
      ask('servfail.lab'),
      ask('refused.lab'),
      ask('silent.lab'),
    );
    t.strictSame(
      results.map(({ outcome, cause }) => [outcome, cause?.layer, cause?.code, cause?.message]),
      [
        ['unresolved', 'dns', 'NXDOMAIN', 'no such name'],
        ['unresolved', 'dns', 'NODATA', 'the name has no address'],
        ['unresolved', 'dns', 'SERVFAIL', 'the DNS server failed to answer for the name'],
        ['unresolved', 'dns', 'REFUSED', 'the DNS server refused to answer for the name'],
        ['unresolved', 'dns', 'ETIMEOUT', 'the resolver did not answer in time'],
      ],
    );
    for (const { ok, latencyMs, address, attempts, dns } of results) {
      t.match({ ok, latencyMs, address }, { ok: false, latencyMs: null, address: null });
      t.strictSame(attempts, []);
      t.match(dns, { addresses: [], cached: false });
      t.ok((dns?.durationMs ?? 0) > 0);
    }
  });

  await t.test('a resolver that is silent is ETIMEOUT by the deadline of the check', async (t) => {
    await dns.answer({ ...TABLE, 'mute.lab': { isSilent: true } });
    const { durationMs, results } = await reachd.check([ask('mute.lab', { timeoutMs: 400, expect: 'closed' })]);
    t.match(results[0], { outcome: 'unresolved', ok: false, cause: { layer: 'dns', code: 'ETIMEOUT' } });
    t.ok(durationMs >= 395 && durationMs < 950, `after ${durationMs} ms, before the resolver itself gave up`);
  });

  await t.test('the lookup’s time is told, and counts towards the timeout', async (t) => {
    const slow = await reachd.result(ask('slow.lab'));
    t.match(slow, { outcome: 'open', address: '10.77.1.2', dns: { addresses: ['10.77.1.2'], cached: false } });
    const dnsMs = slow.dns?.durationMs ?? 0;
    t.ok(dnsMs >= SLOW_MS - 1 && dnsMs < SLOW_MS + 700, `${dnsMs} ms`);
    t.ok((slow.latencyMs ?? Infinity) < SLOW_MS, `and is no part of the latency, ${slow.latencyMs ?? '?'} ms`);
    t.match(await reachd.result(ask('late.lab', { timeoutMs: 200 })), { outcome: 'unresolved' });
  });

  await t.test('a second check finds the answer kept, and asks nobody', async (t) => {
    const first = await reachd.result(ask('open.lab'));
    const second = await reachd.result(ask('open.lab'));
    t.match(first.dns, { addresses: ['10.77.1.1'], cached: false });
    t.strictSame(second.dns, { durationMs: 0, queuedMs: 0, addresses: ['10.77.1.1'], cached: true });
    t.equal(second.outcome, 'open');
    t.strictSame((await dns.counts())['open.lab'], { A: 1, AAAA: 1 });
  });

  await t.test('many checks of one name at once ask once', async (t) => {
    const { summary } = await reachd.check(Array.from({ length: 50 }, () => ask('both.lab')));
    t.strictSame(summary.outcomes, { open: 50 });
    t.strictSame((await dns.counts())['both.lab'], { A: 1, AAAA: 1 });
  });

  await t.test('the hosts file counts, as it does for the application next door', async (t) => {
    t.match(await reachd.result(ask('filed.lab')), { outcome: 'open', address: '10.77.1.9' });
  });

  await t.test('the family that is asked for is the one that is attempted', async (t) => {
    for (const [family, address] of [
      ['ipv4', '10.77.1.1'],
      ['ipv6', 'fd77::1:1'],
    ] as const) {
      t.match(await reachd.result(ask('both.lab', { family })), { outcome: 'open', address, attempts: [{ family }] });
    }
    t.match(await reachd.result(ask('open.lab', { family: 'ipv6' })), { outcome: 'unresolved', attempts: [] });
  });

  await t.test('a hundred addresses are a hundred attempts, and one that is not open is named', async (t) => {
    const all = await reachd.result(ask('hundred.lab', { addresses: 'all' }));
    t.match(all, { ok: true, outcome: 'open' });
    t.strictSame(all.attempts.map(({ address }) => address).sort(), [...HUNDRED].sort());
    t.ok(all.attempts.every(({ outcome }) => outcome === 'open'));
    const address = HUNDRED[57] ?? '';
    await lab.on({ address, port: OPEN }, { answer: 'rst' });
    const but = await reachd.result(ask('hundred.lab', { addresses: 'all' }));
    t.match(but, { ok: false, outcome: 'refused', address, cause: { code: 'ECONNREFUSED' } });
    t.equal(but.attempts.filter(({ outcome }) => outcome === 'open').length, 99);
  });

  for (const family of ['ipv4', 'ipv6'] as const) {
    await t.test(`${family}: of a dead and a live address, any is open soon after the stagger`, async (t) => {
      const { durationMs, results } = await reachd.check([ask(`pair-${family}.lab`)]);
      const [result] = results;
      t.match(result, { ok: true, outcome: 'open', address: LIVE[family], cause: null });
      t.match(result?.attempts, [
        { address: DEAD[family], outcome: 'cancelled' },
        { address: LIVE[family], outcome: 'open' },
      ]);
      const ms = durationMs - (result?.dns?.durationMs ?? 0);
      t.ok(ms >= STAGGER_MS - 5 && ms < STAGGER_MS + 300, `${ms} ms`);
    });

    await t.test(`${family}: all is not ok, and says which one failed`, async (t) => {
      const result = await reachd.result(ask(`pair-${family}.lab`, { addresses: 'all', timeoutMs: 500 }));
      t.match(result, { ok: false, outcome: 'timeout', address: DEAD[family], cause: { layer: 'deadline' } });
      t.match(result.attempts, [
        { address: DEAD[family], outcome: 'timeout' },
        { address: LIVE[family], outcome: 'open' },
      ]);
    });
  }
});
