import t from 'tap';
import { Due } from '../../src/check/due.ts';
import { stopTime } from '../support/fake-time.ts';

t.test('each is told when it is due and not before, unless it has left', async (t) => {
  const time = stopTime(t);
  const due = new Due();
  const told: string[] = [];
  const add = (name: string, ms: number) => due.add({ cancel: () => told.push(name) }, ms);
  add('late', 200);
  add('early', 100);
  const leave = add('left', 100);
  leave();
  t.equal(due.size, 2);
  await time.advance(99);
  t.same(told, []);
  await time.advance(10);
  t.same(told, ['early']);
  await time.advance(100);
  t.same(told, ['early', 'late']);
  t.equal(due.size, 0);
});

t.test('very many that are due at once are told over some turns of the event loop', async (t) => {
  const due = new Due();
  let told = 0;
  let mostATurn = 0;
  const work = (): void => {
    told++;
    for (const end = performance.now() + 0.05; performance.now() < end;);
  };
  for (let i = 0; i < 5000; i++) due.add({ cancel: work }, 20);
  while (told < 5000) {
    const before = told;
    await new Promise(setImmediate);
    mostATurn = Math.max(mostATurn, told - before);
  }
  t.ok(mostATurn < 1000, `${mostATurn} in one turn`);
});
