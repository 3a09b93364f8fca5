// What the resolver finds: in which order, for how long it keeps it, and how many calls it makes.
import t from 'tap';
import { MAX_LOOKUPS } from '../../src/check/lookup-turns.ts';
import { waiting } from '../support/inquiry.ts';
import { build, names, summarize } from '../support/scripted-resolver.ts';

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

t.test('at most 32 calls run, 26 of one caller; the rest wait, first in, first out', async (t) => {
  const { calls, resolver, lookup } = build(t);
  const asked = names(MAX_LOOKUPS + 3).map((name, i) => lookup(name, 3000, waiting({ caller: i, request: i })));
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

t.test('names that are kept do not wait for black-holed ones', async (t) => {
  const { calls, lookup } = build(t);
  const asked = lookup('db.test');
  await calls[0]?.find('10.0.0.7');
  await asked;
  const black = names(100).map((name) => lookup(name, 1));
  t.match(await lookup('db.test', 0), { cached: true, durationMs: 0 });
  t.equal(black.length, 100);
});

t.test('callers take turns, and one that is silent leaves room for the others', async (t) => {
  const { calls, lookup } = build(t);
  const black = names(100).map((name) => lookup(`black-${name}`, 60_000, waiting({ caller: 1, request: 1 })));
  t.equal(calls.length, 26);
  const good = lookup('db.test', 3000, waiting({ caller: 2, request: 2 }));
  t.equal(calls.at(-1)?.name, 'db.test');
  await calls.at(-1)?.find('10.0.0.7');
  t.equal(summarize(await good), '10.0.0.7');
  await calls[0]?.find('10.0.0.1');
  t.equal(calls.at(-1)?.name, 'black-name26.test');
  t.equal(black.length, 100);
});
