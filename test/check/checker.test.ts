import fc from 'fast-check';
import t from 'tap';
import type { CheckerParts } from '../../src/check/checker.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { buildChecker as build, only } from '../support/build-checker.ts';
import { address, checkOf, EXPIRED, facts, LOST, OPEN, REFUSED, tcp } from '../support/fake-reactor.ts';
import { settled, stopTime } from '../support/fake-time.ts';
import { ASKER, inquiry } from '../support/inquiry.ts';

const STAY = inquiry();

t.test('a literal never touches the resolver, and is judged and reached as the bytes that it is', async (t) => {
  const { reactor, asked, judged, ask } = build();
  const result = await ask('10.0.0.1:80', { handshake: 'full' });
  t.match(result, { target: '10.0.0.1:80', ok: true, outcome: 'open', latencyMs: 0.4, address: '10.0.0.1', dns: null });
  t.match(result.attempts, [{ address: '10.0.0.1', family: 'ipv4', handshake: 'full', rttMs: 0.387, queuedMs: 0.02 }]);
  t.match(await ask('[fd00::1]:80'), { target: '[fd00::1]:80', address: 'fd00::1' });
  t.same(asked, []);
  t.same(judged, ['10.0.0.1 80 full', 'fd00::1 80 half'], 'and by how it is to be checked');
  t.match(reactor.attempts[0], { address: '10.0.0.1', port: 80, options: { handshake: 'full', source: null } });
});

t.test('a name is resolved once, and its lookup is told', async (t) => {
  const { asked, ask } = build();
  const { dns, address } = await ask('one.test:80', { count: 2, intervalMs: 0 });
  t.same(dns, { durationMs: 1.8, queuedMs: 0, addresses: ['10.0.0.1'], cached: false });
  t.equal(address, '10.0.0.1');
  t.same(asked, ['one.test']);
});

t.test('a name without an address is unresolved, and nothing is attempted', async (t) => {
  const { reactor, ask } = build();
  const result = await ask('no.test:80', { expect: 'closed' });
  t.match(result, { ok: false, outcome: 'unresolved', latencyMs: null, address: null });
  t.match(result.cause, { layer: 'dns', code: 'NXDOMAIN' });
  t.same(result.dns, { durationMs: 1.8, queuedMs: 0, addresses: [], cached: false });
  t.same(result.attempts, []);
  t.same(reactor.attempts, []);
});

t.test('any denied address denies the target: its addresses are hidden and no attempt is made', async (t) => {
  const { reactor, ask } = build();
  for (const options of [{}, { addresses: 'all' }, { expect: 'closed' }, { family: 'ipv4' }] as const) {
    const result = await ask('evil.test:80', options);
    t.match(result, { ok: false, outcome: 'denied', address: null, latencyMs: null });
    t.same(result.attempts, []);
    t.match(result.cause, { layer: 'policy', code: 'link-local', message: 'link-local addresses are denied' });
    t.same(result.dns, { durationMs: 1.8, queuedMs: 0, addresses: [], cached: false });
    t.notMatch(JSON.stringify(result), /169\.254|10\.0/);
  }
  t.match(await ask('169.254.0.1:80'), { outcome: 'denied', dns: null });
  t.same(reactor.attempts, []);
});

t.test('a denied address of a family that the caller did not ask for denies the target too', async (t) => {
  const { reactor, ask } = build();
  t.match(await ask('evil.test:80', { family: 'ipv6' }), { outcome: 'denied' });
  t.same(reactor.attempts, []);
});

// What is asked of dual.test, and which of its addresses are then attempted.
const FAMILIES = [
  [{ family: 'any' }, ['fd00::1', '10.0.0.1', 'fd00::2']],
  [{ family: 'ipv4' }, ['10.0.0.1']],
  [{ family: 'ipv6' }, ['fd00::1', 'fd00::2']],
  [{ sourceAddress: '10.0.0.9' }, ['10.0.0.1']],
  [{ sourceAddress: 'fd00::9' }, ['fd00::1', 'fd00::2']],
  [{ sourceInterface: 'eth0' }, ['fd00::1', '10.0.0.1', 'fd00::2']],
  [{ sourceAddress: '10.0.0.9', family: 'ipv6' }, []],
] as const;

t.test('the family that is asked for and that of the source address say which addresses count', async (t) => {
  for (const [options, expected] of FAMILIES) {
    const { reached, ask } = build(() => REFUSED);
    const { outcome, cause, dns } = await ask('dual.test:80', options);
    t.same(reached(), expected, JSON.stringify(options));
    t.same(dns?.addresses, ['fd00::1', 'fd00::2', '10.0.0.1'], 'the lookup is told as it was, in its own order');
    if (expected.length > 0) t.equal(outcome, 'refused');
    else t.match({ outcome, cause }, { outcome: 'unresolved', cause: { layer: 'dns', code: 'no-usable-address' } });
  }
});

t.test('what binds the socket reaches the reactor as bytes', async (t) => {
  const { reactor, ask } = build();
  await ask('10.0.0.1:80', { sourceAddress: '10.0.0.9', sourceInterface: 'eth0' });
  await ask('10.0.0.1:80', { sourceInterface: 'eth0' });
  const [both, one] = reactor.attempts.map(({ options }) => options.source);
  t.same(both, { address: address('10.0.0.9'), interface: 'eth0' });
  t.same(one, { address: null, interface: 'eth0' });
});

t.test('a target’s time is its lookup’s and then its connects’, the same for every address', async (t) => {
  const lookup: CheckerParts['resolver']['lookup'] = (_, timeoutMs) => {
    t.equal(timeoutMs, 700);
    const answer = [address('10.0.0.1'), address('10.0.0.2')];
    return Promise.resolve({ answer, durationMs: 200, queuedMs: 0, cached: false });
  };
  const { reactor, ask } = build(() => REFUSED, { resolver: { lookup } });
  await ask('slow.test:80', { timeoutMs: 700, addresses: 'all' });
  t.same(
    reactor.attempts.map(({ options }) => options.timeoutMs),
    [500, 500],
  );
});

// How 10.0.0.1 and 10.0.0.2 end, what is asked, and what is attempted and concluded at once.
const MODES: readonly (readonly [AttemptResult, AttemptResult, 'any' | 'all', 'open' | 'closed', string[], boolean])[] =
  [
    [OPEN, REFUSED, 'any', 'open', ['open'], true],
    [REFUSED, OPEN, 'any', 'open', ['refused', 'open'], true],
    [REFUSED, REFUSED, 'any', 'open', ['refused', 'refused'], false],
    [OPEN, REFUSED, 'all', 'open', ['open', 'refused'], false],
    [OPEN, OPEN, 'all', 'open', ['open', 'open'], true],
    [REFUSED, OPEN, 'any', 'closed', ['refused', 'open'], false],
    [REFUSED, EXPIRED, 'any', 'closed', ['refused', 'timeout'], true],
    [REFUSED, LOST, 'any', 'closed', ['refused', 'failed'], false],
    [OPEN, REFUSED, 'all', 'closed', ['open', 'refused'], false],
    [REFUSED, EXPIRED, 'all', 'closed', ['refused', 'timeout'], true],
  ];

t.test('several addresses: one open is enough for any, and whatever else takes the word of each', async (t) => {
  for (const [one, two, addresses, expect, outcomes, ok] of MODES) {
    const { ask } = build((text) => (text === '10.0.0.1' ? one : two));
    const result = await ask('two.test:80', { addresses, expect });
    const about = `${one.ending} ${two.ending} ${addresses} ${expect}`;
    t.same(
      result.attempts.map(({ outcome }) => outcome),
      outcomes,
      about,
    );
    t.equal(result.ok, ok, about);
  }
});

t.test('`all`, and `any` for closed, attempt every address at once', async (t) => {
  const time = stopTime(t);
  for (const [options, atOnce] of [
    [{ addresses: 'any', expect: 'open' }, 1],
    [{ addresses: 'any', expect: 'closed' }, 2],
    [{ addresses: 'all', expect: 'open' }, 2],
    [{ addresses: 'all', expect: 'closed' }, 2],
  ] as const) {
    const { reactor, ask } = build(() => null);
    const asking = ask('two.test:80', options);
    await settled();
    t.equal(reactor.attempts.length, atOnce, JSON.stringify(options));
    for (const { settle } of reactor.attempts) settle(OPEN);
    await time.advance(1);
    for (const { settle } of reactor.attempts) settle(OPEN);
    await asking;
  }
});

t.test('a black-holed name with many addresses is a timeout, not a failure of reachd’s own', async (t) => {
  const time = stopTime(t);
  // The reactor of the real world: whoever comes after the deadline is not started.
  const silent = (): AttemptResult | null => (time.now() >= deadline ? { ...EXPIRED, latencyMs: null } : null);
  const { reactor, ask } = build(silent);
  const deadline = time.now() + 300;
  const asking = ask('dual.test:80', { timeoutMs: 300 });
  await time.advance(300);
  for (const { settle } of reactor.attempts) settle(EXPIRED);
  await time.advance(1);
  t.match(await asking, { outcome: 'timeout', attempts: { length: 2 } });
});

t.test('callers take turns at the reactor, and within a caller its requests', async (t) => {
  const { reactor, checker } = build();
  const ci = inquiry({ asker: { ...ASKER, principal: 'ci' } });
  const asking = [
    checker.check([checkOf('10.0.0.1:1'), checkOf('10.0.0.1:2')], STAY),
    checker.check([checkOf('10.0.0.1:3')], STAY),
    checker.check([checkOf('10.0.0.1:4')], ci),
  ];
  const [one, two, three, four] = reactor.attempts.map(({ options: { caller, request } }) => ({ caller, request }));
  t.same(one, two);
  t.equal(three?.caller, one?.caller, 'another request of the same caller');
  t.not(three?.request, one?.request);
  t.not(four?.caller, one?.caller);
  await Promise.all(asking);
});

t.test('times have at most three decimals and are never negative, whatever the facts', async (t) => {
  const ms = fc.double({ min: 0, max: 30_000, noNaN: true });
  const us = fc.nat({ max: 30_000_000 });
  const raw = fc.record({ latencyMs: fc.option(ms), queuedMs: ms, rttUs: us });
  const holds = fc.asyncProperty(raw, async ({ rttUs, ...times }) => {
    const { checker } = build(() => facts({ ...times, tcp: tcp({ rttUs }) }));
    const check = checkOf('one.test:80', { count: 2, intervalMs: 0 });
    const reply = await checker.check([check], STAY);
    const { latencyMs, dns, stats, attempts } = only(reply);
    const told = [reply.durationMs, latencyMs, dns?.durationMs, stats?.minMs, stats?.avgMs, stats?.p50Ms, stats?.p95Ms];
    const each = attempts.flatMap(({ latencyMs, queuedMs, rttMs }) => [latencyMs, queuedMs, rttMs]);
    return [...told, stats?.maxMs, stats?.stddevMs, ...each].every(isTime);
  });
  await t.resolves(fc.assert(holds, { numRuns: 50 }));
});

/** Null, or milliseconds to the microsecond. */
function isTime(ms: number | null | undefined): boolean {
  return ms === null || /^\d+(\.\d{1,3})?$/.test(String(ms));
}
