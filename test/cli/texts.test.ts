// What lines and times say, and how times are written.
import t from 'tap';
import { targetIn } from '../../src/cli/targets.ts';
import { formatMs, readTime } from '../../src/cli/time.ts';

t.test('a line is a target in the API’s spelling, host and port of CSV, or does not count', (t) => {
  const rows = [
    ['db.test:5432', 'db.test:5432'],
    ['  db.test:5432\r', 'db.test:5432'],
    ['db.test,5432', 'db.test:5432'],
    ['"db.test" , "5432"', 'db.test:5432'],
    ['db.test;5432', 'db.test:5432'],
    ['::1,80', '[::1]:80'],
    ['[::1],80', '[::1]:80'],
    ['a,b,c', 'a,b,c'],
    ['', null],
    ['   ', null],
    ['# db.test:1', null],
  ] as const;
  for (const [line, target] of rows) t.equal(targetIn(line, false), target, JSON.stringify(line));
  t.equal(targetIn('host,port', true), null, 'the head of a CSV file');
  t.equal(targetIn('Hostname;Port', true), null);
  t.equal(targetIn('host,port', false), 'host:port', 'which it has once');
  t.equal(targetIn('\ufeffdb.test:1', true), 'db.test:1');
  t.end();
});

t.test('a time is a number with a unit, or milliseconds', (t) => {
  const rows = [
    ['250', 250],
    ['250ms', 250],
    ['2s', 2000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ] as const;
  for (const [text, ms] of rows) t.equal(readTime('--within', text), ms, text);
  for (const text of ['', 's', '-1', '1 s', '1e3', '1d', '٣s', 'Infinity']) {
    t.throws(() => readTime('--within', text), { name: 'UsageError', message: /^--within takes a time/ }, text);
  }
  t.same([0.0421, 4.2, 42.25, 1500].map(formatMs), ['0.042 ms', '4.20 ms', '42.3 ms', '1.50 s']);
  t.end();
});
