// What one run of the bench has printed is what another is compared with.
import t from 'tap';
import { compare, readEarlier } from '../../bench/earlier.ts';
import { formatTable, type Line, unmeasured } from '../../bench/table.ts';

const BEFORE: readonly Line[] = [
  ['a', 'open, half: checks/s', '63283', 'C plain', '47879', '1.32', 'at least 1.3: met'],
  ['a', 'open, half: checks/s', '63283', 'C reuse', '73088', '0.87', 'at least 0.75: met'],
  ['d', 'burst of 3000: latencyMs p50', '0.048', '', '', '', 'at most 0.1: met'],
  ['h', '10000 to silence, no HTTP: resident, MB', '114.5', '', '', '', ''],
  ['i', 'idle: system calls of the worker in 10 s', '0', '', '', '', 'at most 0: met'],
  ['k', 'a stream: resident, MB', '-', '', '', '', ''],
  unmeasured('e', 'POST /check', 'wrk is not installed'),
];
const printed = `> bench\n\n${formatTable(BEFORE)}\n\nmedians of 5 rounds in turn; 2026-11-27, load average 1.00  2 cores\n`;

t.test('the table that was printed is read: ratios where there is a yardstick, else figures', (t) => {
  t.same([...readEarlier(printed).values()], [1.32, 0.87, 0.048, 114.5, 0]);
  // A run that was compared itself has two tables.
  const chained = `${printed}\n${compare(BEFORE, readEarlier(printed.replace('1.32', '9.99')))}\n`;
  t.same([...readEarlier(chained)], [...readEarlier(printed)]);
  t.throws(() => readEarlier('nothing of a table'), { message: /--against/ });
  t.end();
});

t.test('what both have measured is compared', (t) => {
  const now: readonly Line[] = [
    ['a', 'open, half: checks/s', '20000', 'C reuse', '20000', '1.00', 'at least 0.75: met'],
    ['a', 'open, half: checks/s', '20000', 'another', '20000', '1.00', ''],
    ['d', 'burst of 3000: latencyMs p50', '0.024', '', '', '', 'at most 0.1: met'],
    ['i', 'idle: system calls of the worker in 10 s', '1', '', '', '', ''],
    ['n', 'new', '5', '', '', '', ''],
    unmeasured('h', '10000 to silence, no HTTP: resident, MB', 'no strace'),
  ];
  const rows = compare(now, readEarlier(printed)).split('\n').slice(2);
  t.same(
    rows.map((row) => row.split(/ {2,}/)),
    [
      ['a', 'open, half: checks/s', 'C reuse', '0.87', '1', '1.15'],
      ['d', 'burst of 3000: latencyMs p50', '0.048', '0.024', '0.50'],
      ['i', 'idle: system calls of the worker in 10 s', '0', '1', '-'],
    ],
  );
  t.end();
});
