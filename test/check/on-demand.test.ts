// What is made on demand is made once; what cannot be made is told, and tried again.
import t from 'tap';
import { onDemand } from '../../src/check/on-demand.ts';

t.test('it is made once, however many ask at once', async (t) => {
  let made = 0;
  const ask = onDemand(() => Promise.resolve(++made));
  t.equal(made, 0);
  t.same(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
});

t.test('a failure is told once, and the next who asks has another try', async (t) => {
  const told: unknown[] = [];
  let tries = 0;
  const ask = onDemand(
    () => (++tries === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve('made')),
    (error) => told.push(error),
  );
  await Promise.all([t.rejects(ask(), { message: 'EMFILE' }), t.rejects(ask(), { message: 'EMFILE' })]);
  t.equal(await ask(), 'made');
  t.match(told, [{ message: 'EMFILE' }]);
});
