// Who waits for a lookup: until the deadline, until the caller leaves, and what becomes of the lookup then.
import t from 'tap';
import { Cancellation } from '../../src/check/cancellation.ts';
import { settled } from '../support/fake-time.ts';
import { cancelled, waiting } from '../support/inquiry.ts';
import { build, names, summarize } from '../support/scripted-resolver.ts';

/** The calls that one caller may have under way. */
const MOST = 26;

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

t.test('what a lookup waits for its turn is not its own time', async (t) => {
  const { time, calls, lookup } = build(t);
  const black = names(MOST).map((name) => lookup(name, 5000));
  const asked = lookup('db.test', 100);
  await time.advance(300);
  t.equal(calls.length, MOST);
  await calls[0]?.find('10.0.0.1');
  t.equal(calls.length, MOST + 1);
  await time.advance(99);
  await calls[MOST]?.find('10.0.0.7');
  const { answer, durationMs, queuedMs } = await asked;
  t.match(answer, [{ text: '10.0.0.7' }]);
  t.same([durationMs, queuedMs].map(Math.round), [99, 300]);
  await time.advance(5000);
  t.same(new Set((await Promise.all(black)).map(summarize)), new Set(['ETIMEOUT', '10.0.0.1']));
});

t.test('at its request’s deadline a lookup is cut short, or was never begun', async (t) => {
  const { time, calls, lookup } = build(t);
  const running = lookup('slow.test', 5000, waiting({ deadlineMs: 100 }));
  const black = names(MOST - 1).map((name) => lookup(name, 5000));
  const queued = lookup('db.test', 5000, waiting({ deadlineMs: 100 }));
  await time.advance(101);
  t.equal(summarize(await running), 'cut-short local');
  t.equal(summarize(await queued), 'not-started local');
  await calls[1]?.find('10.0.0.1');
  t.equal(calls.length, MOST, 'nobody waits for it any more: it is never asked');
  await time.advance(5000);
  await Promise.all(black);
});

t.test(
  'a lookup that all have left is counted once; before it began it is dropped, afterwards it still answers',
  async (t) => {
    const { time, calls, resolver, lookup } = build(t);
    const running = [lookup('name0.test', 10), lookup('name0.test', 20)];
    const others = names(MOST)
      .slice(1)
      .map((name) => lookup(name, 5000));
    const queued = [
      lookup('late.test', 10, waiting({ deadlineMs: 10 })),
      lookup('late.test', 20, waiting({ deadlineMs: 20 })),
    ];
    await time.advance(15);
    t.equal(resolver.abandoned, 0, 'somebody still waits for each');
    await time.advance(15);
    t.same((await Promise.all([...running, ...queued])).map(summarize), [
      ...['ETIMEOUT', 'ETIMEOUT'],
      ...['not-started local', 'not-started local'],
    ]);
    t.equal(resolver.abandoned, 1, 'the one that never began');
    const joined = lookup('name0.test', 5);
    t.equal(calls.length, MOST, 'who comes later joins the call that is under way');
    await time.advance(6);
    t.equal(summarize(await joined), 'ETIMEOUT');
    await calls[0]?.find('10.0.0.7');
    t.equal(resolver.abandoned, 2, 'counted once, when it answers');
    t.equal(resolver.running, MOST - 1);
    for (const { find } of calls.slice(1)) await find('10.0.0.1');
    await Promise.all(others);
    t.equal(resolver.abandoned, 2);
    t.equal(resolver.running, 0);
  },
);

t.test('a dropped name can be asked for again', async (t) => {
  const { time, calls, lookup } = build(t);
  const others = names(MOST).map((name) => lookup(name, 5000));
  const first = lookup('late.test', 10, waiting({ deadlineMs: 10 }));
  await time.advance(11);
  await first;
  const second = lookup('late.test');
  await calls[0]?.find('10.0.0.1');
  await calls[MOST]?.find('10.0.0.7');
  t.equal(summarize(await second), '10.0.0.7');
  await time.advance(5000);
  await Promise.all(others);
});

t.test('a caller that leaves is cancelled alone; who shares its lookup is not', async (t) => {
  const { calls, lookup } = build(t);
  const caller = new Cancellation();
  const leaving = lookup('db.test', 3000, waiting({ cancellation: caller }));
  const staying = lookup('db.test');
  caller.cancel();
  t.equal(summarize(await leaving), 'ECANCELED local');
  await calls[0]?.find('10.0.0.7');
  t.equal(summarize(await staying), '10.0.0.7');
});

t.test('a caller that has left already asks for nothing', async (t) => {
  const { calls, lookup } = build(t);
  t.equal(summarize(await lookup('db.test', 3000, waiting({ cancellation: cancelled() }))), 'ECANCELED local');
  t.same(calls, []);
});

t.test('a caller that leaves gives up all its names at once', async (t) => {
  const { lookup } = build(t);
  const caller = new Cancellation();
  const asked = names(1000).map((name) => lookup(name, 3000, waiting({ cancellation: caller })));
  caller.cancel();
  t.same(new Set((await Promise.all(asked)).map(summarize)), new Set(['ECANCELED local']));
});
