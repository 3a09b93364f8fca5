// What the checker counts: attempts, from the request's acceptance to each check's result, and what a name's addresses
// add, attempted or only listed. It is what bounds the memory of replies.
import t, { type Test } from 'tap';
import type { CheckResult } from '../../src/check/result.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { buildChecker as build, only } from '../support/build-checker.ts';
import { address, checkOf, OPEN, REFUSED } from '../support/fake-reactor.ts';
import { settled, stopTime } from '../support/fake-time.ts';
import { inquiry } from '../support/inquiry.ts';
import { Cancellation } from '../../src/check/cancellation.ts';

const STAY = inquiry();
const silent = (): AttemptResult | null => null;

/** Asserts that `result` says that there was no room for its name, and holds next to nothing itself. */
function refused(t: Test, result: CheckResult | undefined): void {
  t.match(result, { ok: false, outcome: 'failed', address: null });
  t.match(result?.cause, { layer: 'local', code: 'too-many-attempts' });
  t.same(result?.dns?.addresses, []);
  t.same(result?.attempts, []);
}

t.test('rounds are granted and given back one by one: between them a check has nothing', async (t) => {
  const time = stopTime(t);
  const { checker, reactor } = build(silent, { maxQueued: 3 });
  const repeated = checker.check([checkOf('10.0.0.1:1', { count: 3 }), checkOf('10.0.0.1:2', { count: 3 })], STAY);
  t.equal(checker.queued, 2);
  for (const { settle } of reactor.attempts) settle(OPEN);
  await settled();
  t.equal(checker.queued, 0);
  const others = checker.check([checkOf('10.0.0.1:3'), checkOf('10.0.0.1:4')], STAY);
  await time.advance(1000);
  t.equal(checker.queued, 3);
  t.equal(reactor.attempts.length, 5, 'one of the two has its second round, the other waits for room');
  for (const { settle } of reactor.attempts) settle(OPEN);
  await settled();
  await others;
  t.equal(reactor.attempts.length, 6, 'and has it as soon as there is some');
  for (let round = 0; round < 3; round++) {
    for (const { settle } of reactor.attempts) settle(OPEN);
    await time.advance(1000);
  }
  t.match(await repeated, { ok: true, results: [{ attempts: { length: 3 } }, { attempts: { length: 3 } }] });
  t.equal(checker.queued, 0);
});

t.test('a round that waits for room ends with its caller', async (t) => {
  const time = stopTime(t);
  const { checker, reactor } = build(silent, { maxQueued: 1 });
  const caller = new Cancellation();
  const repeated = checker.check([checkOf('10.0.0.1:1', { count: 2 })], inquiry({ cancellation: caller }));
  reactor.attempts[0]?.settle(OPEN);
  await settled();
  const other = checker.check([checkOf('10.0.0.1:2')], STAY);
  await time.advance(1000);
  t.equal(reactor.attempts.length, 2);
  caller.cancel();
  t.match(await repeated, { results: [{ outcome: 'cancelled', attempts: { length: 1 } }] });
  reactor.attempts[1]?.settle(OPEN);
  await other;
  t.equal(checker.queued, 0);
});

t.test('a stream’s name with many addresses waits for room, and holds nothing meanwhile', async (t) => {
  const { checker, reactor } = build(silent, { maxQueued: 3 });
  const told: string[] = [];
  const stream = checker.open(
    inquiry({ onResult: (_, { target, outcome }) => told.push(`${target} ${outcome}`) }),
    (error) => t.fail(String(error)),
  );
  const batch = checker.check([checkOf('10.0.0.1:1')], STAY);
  stream.ask(checkOf('dual.test:2', { addresses: 'all' }), 0);
  await settled();
  t.equal(checker.queued, 1, 'the batch’s own');
  t.same(told, []);
  reactor.attempts[0]?.settle(OPEN);
  await batch;
  await settled();
  t.equal(checker.queued, 3);
  for (const { settle } of reactor.attempts) settle(OPEN);
  await settled();
  t.same(told, ['dual.test:2 open']);
  stream.close();
  t.equal(checker.queued, 0);
});

t.test('each further address counts, in every mode, until its check settles', async (t) => {
  for (const options of [{}, { addresses: 'all' }, { expect: 'closed' }] as const) {
    const { checker, reactor } = build(silent, { maxQueued: 3 });
    const asking = checker.check([checkOf('dual.test:1', options)], STAY);
    t.equal(checker.queued, 1, 'nobody knows yet how many there are');
    await settled();
    t.equal(checker.queued, 3, JSON.stringify(options));
    await t.rejects(checker.check([checkOf('10.0.0.1:1')], STAY), { name: 'NoRoomError' });
    for (let at = 0; at < 3; at++) {
      reactor.attempts[at]?.settle(REFUSED);
      await settled();
    }
    await asking;
    t.equal(checker.queued, 0);
  }
});

t.test('a name whose addresses do not fit fails as reachd’s own trouble, before any attempt', async (t) => {
  const { checker, reactor } = build(silent, { maxQueued: 5 });
  const caller = new Cancellation();
  const holding = checker.check([checkOf('10.0.0.1:1', { count: 2 })], inquiry({ cancellation: caller }));
  t.equal(reactor.attempts.length, 1);
  for (const options of [{ addresses: 'all' }, {}, { expect: 'closed' }] as const) {
    const reply = await checker.check([checkOf('dual.test:2', { count: 2, ...options })], STAY);
    const result = only(reply);
    refused(t, result);
    t.equal(result.cause?.message, 'the name’s 3 addresses count as 4 more attempts, which would be too many');
    t.equal(checker.queued, 1, 'it holds nothing');
  }
  t.equal(reactor.attempts.length, 1, 'nothing of it was started');
  const fitting = checker.check(
    [checkOf('two.test:3', { count: 2, addresses: 'all' })],
    inquiry({ cancellation: caller }),
  );
  await settled();
  t.equal(checker.queued, 3, 'what fits is taken, a round at a time');
  t.equal(reactor.attempts.length, 3);
  caller.cancel();
  await Promise.all([holding, fitting]);
  t.equal(checker.queued, 0, 'the caller’s leaving gives all of it back');
});

t.test('addresses that the check may not use count as often as they are listed: once', async (t) => {
  const unusable = { sourceAddress: '10.0.0.9', family: 'ipv6' } as const;
  for (const options of [{ family: 'ipv4' }, { sourceAddress: '10.0.0.9' }, unusable] as const) {
    for (const addresses of ['any', 'all'] as const) {
      const outcome = options === unusable ? 'unresolved' : 'open';
      const { checker, ask } = build(undefined, { maxQueued: 3 });
      const result = await ask('dual.test:1', { ...options, addresses });
      t.equal(result.outcome, outcome);
      t.equal(result.dns?.addresses.length, 3);
      t.equal(checker.queued, 0);
      t.equal((await ask('dual.test:1', { ...options, addresses, count: 3, intervalMs: 0 })).outcome, outcome);
      refused(t, await build(undefined, { maxQueued: 2 }).ask('dual.test:1', { ...options, addresses }));
    }
  }
});

t.test('a denied name is denied, whatever its addresses would count', async (t) => {
  const { ask } = build(undefined, { maxQueued: 1 });
  const { outcome, dns } = await ask('evil.test:1', { addresses: 'all' });
  t.equal(outcome, 'denied');
  t.same(dns?.addresses, []);
});

t.test('the replies of one request never list more addresses than attempts may wait', async (t) => {
  const answer = Array.from({ length: 100 }, (_, i) => address(`10.0.0.${i}`));
  const resolver = { lookup: () => Promise.resolve({ answer, durationMs: 1, queuedMs: 0, cached: true }) };
  const checks = Array.from({ length: 200 }, () => checkOf('name.test:1'));
  for (const options of [{}, { family: 'ipv6' }] as const) {
    const { checker } = build(undefined, { resolver, maxQueued: 1000 });
    const { results } = await checker.check(
      checks.map(({ target }) => checkOf(target.text, options)),
      STAY,
    );
    // 800 are left when each check has its one, and each name takes 99 of them; those that are refused make room for two more.
    const listing = results.filter(({ dns }) => (dns?.addresses.length ?? 0) > 0);
    t.ok(listing.length >= 8 && listing.length <= 10, `${listing.length} list their 100 addresses`);
    for (const result of results) if (!listing.includes(result)) refused(t, result);
  }
});

t.test('a race counts in its reply only what it made', async (t) => {
  const count = 4;
  const answer = [address('10.0.0.1'), address('10.0.0.2')];
  const finishing: (() => void)[] = [];
  let lookups = 0;
  const lookup = async () => {
    // Each name waits for the result of the one before.
    const before = lookups++;
    if (before > 0) await new Promise<void>((resolve) => (finishing[before - 1] = resolve));
    return { answer, durationMs: 1, queuedMs: 0, cached: false };
  };
  const { checker } = build(undefined, { resolver: { lookup }, maxQueued: 16 });
  const checks = Array.from({ length: 3 }, (_, i) => checkOf(`name${i}.test:1`, { count, intervalMs: 0 }));
  const { summary } = await checker.check(checks, inquiry({ onResult: (index) => finishing[index]?.() }));
  t.same(summary.outcomes, { open: 3 }, 'each takes all of the room that there is, after the other');
  t.equal(checker.queued, 0);
});

t.test('one request never comes to more attempts than may wait, however fast its checks settle', async (t) => {
  const answer = Array.from({ length: 100 }, (_, i) => address(`10.0.0.${i}`));
  let lookups = 0;
  const lookup = async () => {
    // One name after the other: each has settled before the next is looked at.
    for (let turns = lookups++; turns > 0; turns--) await settled();
    return { answer, durationMs: 1, queuedMs: 0, cached: false };
  };
  const { checker } = build(undefined, { resolver: { lookup }, maxQueued: 250 });
  const checks = Array.from({ length: 10 }, (_, i) => checkOf(`name${i}.test:1`, { addresses: 'all' }));
  const { results, summary } = await checker.check(checks, STAY);
  t.same(summary.outcomes, { open: 2, failed: 8 });
  t.equal(results.flatMap(({ attempts }) => attempts).length, 200);
  refused(t, results[2]);
  t.equal(checker.queued, 0);
  t.match(await checker.check(checks.slice(0, 1), STAY), { ok: true }, 'the next one starts afresh');
});

t.test('a bug of ours during the attempts on several addresses leaves nothing counted', async (t) => {
  const ask = (): never => {
    throw new Error('broken');
  };
  const { checker } = build(undefined, { reactor: { ask } });
  await t.rejects(checker.check([checkOf('two.test:1', { addresses: 'all' })], STAY), { message: 'broken' });
  await settled();
  t.equal(checker.queued, 0);
});
