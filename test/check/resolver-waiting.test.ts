// Who waits for a lookup: until the deadline, until the caller leaves, and what becomes of the lookup then.
import t from 'tap';
import { Cancellation } from '../../src/check/cancellation.ts';
import { MAX_LOOKUPS } from '../../src/check/resolver.ts';
import { settled } from '../support/fake-time.ts';
import { cancelled } from '../support/inquiry.ts';
import { build, names, summarize } from '../support/scripted-resolver.ts';

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
