import type { LookupAddress } from 'node:dns';
import t, { type Test } from 'tap';
import { isFailure, MAX_LOOKUPS, Resolver, type Lookup } from '../../src/check/resolver.ts';
import { settled, stopTime } from '../support/fake-time.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { cancelled } from '../support/inquiry.ts';

interface Call {
  readonly name: string;
  readonly find: (...addresses: string[]) => Promise<void>;
  readonly fail: (code: string) => Promise<void>;
}

/** A resolver whose lookups end when the test says, in a time that the test moves. */
function build(t: Test) {
  const time = stopTime(t);
  const calls: Call[] = [];
  const resolver = new Resolver((name) => {
    const { promise, resolve, reject } = withResolvers<LookupAddress[]>();
    calls.push({
      name,
      find: (...found) => {
        resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
        return settled();
      },
      fail: (code) => {
        reject(Object.assign(new Error(code), { code }));
        return settled();
      },
    });
    return promise;
  });
  const lookup = (name: string, timeoutMs = 3000, cancellation = new Cancellation()): Promise<Lookup> =>
    resolver.lookup(name, time.now() + timeoutMs, cancellation);
  return { time, calls, resolver, lookup };
}

const summarize = ({ answer, cached }: Lookup): string => {
  const text = isFailure(answer)
    ? `${answer.code}${answer.local ? ' local' : ''}`
    : answer.map(({ text }) => text).join();
  return cached ? `${text} cached` : text;
};
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `name${i}.test`);

t.test('a name has its addresses in the resolver’s order, each once, in canonical text', async (t) => {
  const { time, calls, lookup } = build(t);
  const asked = lookup('db.test');
  await time.advance(7);
  await calls[0]?.find('FD00:0::7', '10.0.0.8', '10.0.0.7', '10.0.0.8');
  const found = await asked;
  t.equal(summarize(found), 'fd00::7,10.0.0.8,10.0.0.7');
  t.equal(Math.round(found.durationMs), 7);
});

t.test('an answer without a usable address is none', async (t) => {
  const { calls, lookup } = build(t);
  const asked = lookup('db.test');
  await calls[0]?.find('fe80::1%eth0');
  t.equal(summarize(await asked), 'NODATA');
});

t.test('equal names share one call, and each waiter has its own time', async (t) => {
  const { time, calls, lookup } = build(t);
  const asked = [lookup('db.test')];
  await time.advance(5);
  asked.push(lookup('db.test'), lookup('web.test'));
  t.same(
    calls.map(({ name }) => name),
    ['db.test', 'web.test'],
  );
  await time.advance(5);
  await calls[0]?.find('10.0.0.7');
  await calls[1]?.find('10.0.0.9');
  const answers = await Promise.all(asked);
  t.same(answers.map(summarize), ['10.0.0.7', '10.0.0.7', '10.0.0.9']);
  t.same(
    answers.map(({ durationMs }) => Math.round(durationMs)),
    [10, 5, 5],
  );
});

t.test('what was found is kept for 2 s, and what failed for 1 s', async (t) => {
  const { time, calls, lookup } = build(t);
  const asked = [lookup('db.test'), lookup('no.test')];
  await calls[0]?.find('10.0.0.7');
  await calls[1]?.fail('NXDOMAIN');
  await Promise.all(asked);
  await time.advance(990);
  t.equal(summarize(await lookup('db.test')), '10.0.0.7 cached');
  t.equal(summarize(await lookup('no.test')), 'NXDOMAIN cached');
  t.equal((await lookup('no.test')).durationMs, 0);
  await time.advance(20);
  t.equal(summarize(await lookup('db.test')), '10.0.0.7 cached');
  const again = lookup('no.test');
  await calls[2]?.find('10.0.0.1');
  t.equal(summarize(await again), '10.0.0.1');
  await time.advance(980);
  t.equal(summarize(await lookup('db.test')), '10.0.0.7 cached');
  await time.advance(20);
  t.equal(calls.length, 3);
  void lookup('db.test', 1);
  t.equal(calls.length, 4, 'asked again');
});

t.test('at most 32 calls run; the rest wait, first in, first out', async (t) => {
  const { calls, resolver, lookup } = build(t);
  const asked = names(MAX_LOOKUPS + 3).map((name) => lookup(name));
  t.equal(MAX_LOOKUPS, 32);
  t.equal(calls.length, 32);
  t.equal(resolver.running, 32);
  await calls[5]?.find('10.0.0.5');
  await calls[6]?.fail('NXDOMAIN');
  t.same(
    calls.slice(32).map(({ name }) => name),
    ['name32.test', 'name33.test'],
  );
  t.equal(resolver.running, 32);
  for (let i = 0; i < 35; i++) await calls[i]?.find('10.0.0.1');
  await Promise.all(asked);
  t.equal(resolver.running, 0);
});

t.test('a lookup that runs until the deadline is the resolver’s silence', async (t) => {
  const { time, calls, lookup } = build(t);
  const asked = lookup('slow.test', 100);
  await time.advance(99);
  let early = false;
  void asked.then(() => (early = true));
  await settled();
  t.notOk(early);
  await time.advance(2);
  const late = await asked;
  t.equal(summarize(late), 'ETIMEOUT');
  t.ok(late.durationMs >= 100);
  await calls[0]?.find('10.0.0.7');
  t.equal(summarize(await lookup('slow.test')), '10.0.0.7 cached', 'its late answer serves the next');
});

t.test('a lookup that could not begin until the deadline is reachd’s own trouble', async (t) => {
  const { time, calls, lookup } = build(t);
  const black = names(MAX_LOOKUPS).map((name) => lookup(name, 5000));
  const asked = lookup('db.test', 100);
  await time.advance(101);
  t.equal(summarize(await asked), 'resolver-busy local');
  await calls[0]?.find('10.0.0.1');
  t.equal(calls.length, MAX_LOOKUPS, 'nobody waits for it any more: it is never asked');
  await time.advance(5000);
  t.same(new Set((await Promise.all(black)).map(summarize)), new Set(['ETIMEOUT', '10.0.0.1']));
});

t.test('names that are kept do not wait for black-holed ones', async (t) => {
  const { calls, lookup } = build(t);
  const asked = lookup('db.test');
  await calls[0]?.find('10.0.0.7');
  await asked;
  const black = names(100).map((name) => lookup(name, 1));
  t.match(await lookup('db.test', 0), { cached: true, durationMs: 0 });
  t.equal(black.length, 100);
});

t.test(
  'a lookup that all have left is counted once; before it began it is dropped, afterwards it still answers',
  async (t) => {
    const { time, calls, resolver, lookup } = build(t);
    const running = [lookup('name0.test', 10), lookup('name0.test', 20)];
    const others = names(MAX_LOOKUPS)
      .slice(1)
      .map((name) => lookup(name, 5000));
    const waiting = [lookup('late.test', 10), lookup('late.test', 20)];
    await time.advance(15);
    t.equal(resolver.abandoned, 0, 'somebody still waits for each');
    await time.advance(15);
    t.same((await Promise.all([...running, ...waiting])).map(summarize), [
      ...['ETIMEOUT', 'ETIMEOUT'],
      ...['resolver-busy local', 'resolver-busy local'],
    ]);
    t.equal(resolver.abandoned, 1, 'the one that never began');
    const joined = lookup('name0.test', 5);
    t.equal(calls.length, MAX_LOOKUPS, 'who comes later joins the call that is under way');
    await time.advance(6);
    t.equal(summarize(await joined), 'ETIMEOUT');
    await calls[0]?.find('10.0.0.7');
    t.equal(resolver.abandoned, 2, 'counted once, when it answers');
    t.equal(resolver.running, MAX_LOOKUPS - 1);
    for (const { find } of calls.slice(1)) await find('10.0.0.1');
    await Promise.all(others);
    t.equal(resolver.abandoned, 2);
    t.equal(resolver.running, 0);
  },
);

t.test('a dropped name can be asked for again', async (t) => {
  const { time, calls, lookup } = build(t);
  const others = names(MAX_LOOKUPS).map((name) => lookup(name, 5000));
  const first = lookup('late.test', 10);
  await time.advance(11);
  await first;
  const second = lookup('late.test');
  await calls[0]?.find('10.0.0.1');
  await calls[MAX_LOOKUPS]?.find('10.0.0.7');
  t.equal(summarize(await second), '10.0.0.7');
  await time.advance(5000);
  await Promise.all(others);
});

t.test('a caller that leaves is cancelled alone; who shares its lookup is not', async (t) => {
  const { calls, lookup } = build(t);
  const caller = new Cancellation();
  const leaving = lookup('db.test', 3000, caller);
  const staying = lookup('db.test');
  caller.cancel();
  t.equal(summarize(await leaving), 'ECANCELED local');
  await calls[0]?.find('10.0.0.7');
  t.equal(summarize(await staying), '10.0.0.7');
});

t.test('a caller that has left already asks for nothing', async (t) => {
  const { calls, lookup } = build(t);
  t.equal(summarize(await lookup('db.test', 3000, cancelled())), 'ECANCELED local');
  t.same(calls, []);
});

t.test('a caller that leaves gives up all its names at once', async (t) => {
  const { lookup } = build(t);
  const caller = new Cancellation();
  const asked = names(1000).map((name) => lookup(name, 3000, caller));
  caller.cancel();
  t.same(new Set((await Promise.all(asked)).map(summarize)), new Set(['ECANCELED local']));
});

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
