// What is made on demand is made once; what cannot be made is told, and tried again.
import { pino } from 'pino';
import t from 'tap';
import { onDemand } from '../../src/http/on-demand.ts';

t.test('it is made once, however many ask at once', async (t) => {
  let made = 0;
  const ask = onDemand('it', pino({ level: 'silent' }), () => Promise.resolve(++made));
  t.equal(made, 0);
  t.same(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
});

t.test('a failure is logged, and the next who asks has another try', async (t) => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line) => lines.push(line) });
  let tries = 0;
  const ask = onDemand('it', logger, () =>
    ++tries === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve('made'),
  );
  await Promise.all([t.rejects(ask(), { message: 'EMFILE' }), t.rejects(ask(), { message: 'EMFILE' })]);
  t.equal(await ask(), 'made');
  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0] ?? ''), { msg: 'it cannot be made', err: { message: 'EMFILE' } });
});
