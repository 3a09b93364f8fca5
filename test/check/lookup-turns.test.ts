// Names that nobody answers hold their places for seconds, whoever asked for them. They do not hold all of them.
import t, { type Test } from 'tap';
import { KEPT_LOOKUPS, MAX_LOOKUPS, SOON_MS } from '../../src/check/lookup-turns.ts';
import { Numbers } from '../../src/check/run.ts';
import { settled } from '../support/fake-time.ts';
import { waiting } from '../support/inquiry.ts';
import { build, names, summarize } from '../support/scripted-resolver.ts';

const QUICK = 500;

/** Callers of silent names have every place that is everybody's; QUICK has had an answer soon before that. */
async function besieged(t: Test) {
  const built = build(t);
  const { calls, lookup } = built;
  const of = (name: string, caller: number) => lookup(name, 60_000, waiting({ caller, request: caller }));
  const first = of('first.test', QUICK);
  await calls[0]?.find('10.0.0.1');
  await first;
  const silent = names(3 * MAX_LOOKUPS).map((name, i) => of(name, i));
  t.equal(calls.length, 1 + MAX_LOOKUPS);
  return { ...built, of, silent };
}

t.test('a caller that was answered soon is answered beside any number of callers of silent names', async (t) => {
  const { calls, of, silent } = await besieged(t);
  for (let i = 0; i < 20; i++) {
    const asked = of(`good${i}.test`, QUICK);
    t.equal(calls.at(-1)?.name, `good${i}.test`, 'it does not wait');
    await calls.at(-1)?.find('10.0.0.7');
    t.equal(summarize(await asked), '10.0.0.7');
  }
  t.equal(silent.length, 3 * MAX_LOOKUPS);
});

t.test('nobody else has those places', async (t) => {
  const { calls, of } = await besieged(t);
  void of('new.test', QUICK + 1);
  t.not(calls.at(-1)?.name, 'new.test');
  await calls[1]?.find('10.0.0.1');
  t.not(calls.at(-1)?.name, 'new.test', 'others are before it');
});

t.test('one caller has few of them, and once it has waited for an answer it has them no more', async (t) => {
  const { calls, of, time } = await besieged(t);
  const before = calls.length;
  const asked = names(KEPT_LOOKUPS).map((name) => of(`slow-${name}`, QUICK));
  const few = calls.length - before;
  t.ok(few > 0 && few < KEPT_LOOKUPS, `${few} at a time`);
  await time.advance(SOON_MS + 10);
  await calls[before]?.find('10.0.0.7');
  t.equal(calls.length, before + few, 'those that wait are as slow now as everybody');
  t.equal(asked.length, KEPT_LOOKUPS);
  for (const call of calls.slice(1, 1 + MAX_LOOKUPS)) await call.find('10.0.0.1');
  for (let i = 0; i < 200; i++) {
    for (const call of calls) await call.find('10.0.0.1');
    await settled();
  }
  await Promise.all(asked);
  t.pass('each has its turn');
});

t.test('a caller that comes again is known, one of very many is forgotten', (t) => {
  const numbers = new Numbers();
  const open = (name: string): number => {
    const { caller } = numbers.open(name);
    numbers.close(name);
    return caller;
  };
  const first = open('first');
  t.equal(open('first'), first);
  for (let i = 0; i < 2000; i++) open(`caller-${i}`);
  t.not(open('first'), first);
  t.end();
});
