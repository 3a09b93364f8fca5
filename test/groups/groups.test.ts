// What is known of groups: phases, history, and what a file that is read again does to them.
import t from 'tap';
import { benchOf, definitionsOf } from '../support/groups-bench.ts';

const PLAIN = { name: 'a', targets: ['a.test:2'], intervalMs: 1000, jitter: 0, rise: 1, fall: 1 };

t.test('startup waits for the first up; from then on it is ready, whatever the verdict', async (t) => {
  const bench = benchOf(PLAIN);
  bench.outcome = () => 'timeout';
  await bench.timing.advance(500);
  t.match(bench.groups.readiness('a', 'startup'), { state: 'down', ready: false });
  bench.outcome = () => 'open';
  await bench.timing.advance(1000);
  t.match(bench.groups.readiness('a', 'startup'), { state: 'up', ready: true });
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up', ready: true });
  bench.outcome = () => 'timeout';
  await bench.timing.advance(1000);
  t.match(bench.groups.readiness('a', 'startup'), { state: 'down', ready: true });
  t.match(bench.groups.readiness('a', 'serving'), { state: 'down', ready: false });
});

t.test('there is nothing to say of a group that is not there', (t) => {
  const bench = benchOf(PLAIN);
  for (const name of ['b', '', 'A', '__proto__', 'constructor']) {
    t.equal(bench.groups.readiness(name, 'serving'), null, name);
  }
  bench.groups.stop();
  t.end();
});

t.test('the last 60 rounds and 10 changes are kept, and changes are counted', async (t) => {
  const bench = benchOf(PLAIN);
  let rounds = 0;
  bench.outcome = () => (rounds++ % 2 === 0 ? 'open' : 'refused');
  await bench.timing.advance(99_500);
  const [group] = bench.groups.report();
  t.equal(group?.rounds.length, 60);
  t.same(group?.rounds.at(-1), { at: '1970-01-01T00:01:39.000Z', ok: false, latencyMs: 0.1 });
  t.equal(group?.rounds[0]?.at, '1970-01-01T00:00:40.000Z');
  t.equal(group?.changes.length, 10);
  t.same(group?.changes[0], { at: '1970-01-01T00:01:39.000Z', from: 'up', to: 'down' });
  t.match(bench.groups.snapshot(), [{ group: 'a', state: 'down', changes: { unknown: 0, up: 50, down: 50 } }]);
});

t.test('a snapshot has a number for each target under its label, none for what reachd could not ask', async (t) => {
  const bench = benchOf({ ...PLAIN, targets: ['a.test:2', { host: 'b.test', port: 2, name: 'b' }, 'c.test:2'] });
  t.match(bench.groups.snapshot(), [
    { state: 'unknown', targets: [{ target: 'a.test:2', ok: null, latencyMs: null }] },
  ]);
  bench.outcome = (target) => (target.startsWith('a') ? 'open' : target.startsWith('b') ? 'refused' : 'failed');
  await bench.timing.advance(1500);
  t.match(bench.groups.snapshot(), [
    {
      state: 'down',
      targets: [
        { target: 'a.test:2', ok: true, latencyMs: 0.1 },
        { target: 'b', ok: false },
        { target: 'c.test:2', ok: null },
      ],
    },
  ]);
  t.match(bench.changes, [{ group: 'a', from: 'unknown', to: 'down', bad: ['b'] }]);
});

t.test('a target says since when it counts as it does', async (t) => {
  const bench = benchOf(PLAIN);
  await bench.timing.advance(1500);
  bench.outcome = () => 'timeout';
  await bench.timing.advance(1000);
  bench.outcome = () => 'refused';
  await bench.timing.advance(1000);
  t.match(bench.groups.report(), [
    { targets: [{ since: '1970-01-01T00:00:02.000Z', counts: 'bad', result: { outcome: 'refused' } }] },
  ]);
});

t.test('a file that is read again: who stays does not notice, who goes is gone, who comes begins', async (t) => {
  const slow = { ...PLAIN, name: 'b', intervalMs: 10_000, targets: ['b.test:2'] };
  const bench = benchOf(PLAIN, slow);
  await bench.timing.advance(1500);
  const before = bench.groups.report()[1];
  bench.groups.define(definitionsOf({ ...PLAIN, name: 'c' }, slow));
  await bench.timing.advance(5000);
  t.same(
    bench.groups.report().map(({ group }) => group),
    ['c', 'b'],
    'in the order of the file',
  );
  t.equal(bench.groups.readiness('a', 'serving'), null);
  t.same(bench.groups.report()[1], before);
  t.same(
    bench.asked.filter(({ id }) => id.startsWith('b')).map(({ at }) => at),
    [0],
    'its next round comes when it would have',
  );
  t.notOk(
    bench.asked.some(({ id, at }) => id.startsWith('a') && at > 1500),
    'who is gone is asked no more',
  );
  t.equal(bench.asked.find(({ id }) => id === 'c-1')?.at, 1500);
});

t.test('a group that is gone and comes back begins anew', async (t) => {
  const bench = benchOf(PLAIN);
  await bench.timing.advance(1500);
  bench.groups.define([]);
  t.equal(bench.timing.waiting, 0);
  bench.outcome = () => 'timeout';
  bench.groups.define(definitionsOf(PLAIN));
  t.match(bench.groups.readiness('a', 'startup'), { state: 'unknown', ready: false, checkedAt: null });
  t.match(bench.groups.report(), [{ rounds: [], changes: [] }]);
});

t.test('a group that is asked otherwise keeps its verdict, and counts rounds anew', async (t) => {
  const bench = benchOf({ ...PLAIN, fall: 3 });
  await bench.timing.advance(1500);
  bench.outcome = () => 'refused';
  await bench.timing.advance(2000);
  bench.groups.define(definitionsOf({ ...PLAIN, fall: 3, targets: ['a.test:2', 'b.test:2'] }));
  t.match(bench.groups.report(), [{ state: 'up', rounds: { length: 4 } }]);
  t.match(
    bench.groups.report()[0]?.targets,
    [{ result: { outcome: 'refused' } }, { result: null }],
    'what stays is known',
  );
  await bench.timing.advance(1999);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'up' }, 'two bad rounds of the new question');
  t.match(bench.asked.at(-1), { targets: ['a.test:2', 'b.test:2'] });
  await bench.timing.advance(1);
  t.match(bench.groups.readiness('a', 'serving'), { state: 'down' });
  t.match(bench.groups.readiness('a', 'startup'), { ready: true });
});

t.test('the answer to a question that is asked no more is not counted', async (t) => {
  const bench = benchOf(PLAIN);
  const cancelled: boolean[] = [];
  let answer = (): void => undefined;
  await bench.timing.advance(500);
  bench.ask = (_checks, { cancellation }) => {
    cancellation.add({ cancel: () => cancelled.push(true) });
    return new Promise((_resolve, reject) => (answer = () => reject(new Error('late'))));
  };
  await bench.timing.advance(700);
  const late = answer;
  bench.ask = null;
  bench.groups.define(definitionsOf({ ...PLAIN, targets: ['b.test:2'] }));
  late();
  await bench.timing.advance(10);
  t.same(cancelled, [true], 'what is in flight is told');
  t.same(bench.troubles, []);
  t.match(bench.groups.report(), [{ state: 'up', rounds: { length: 2 } }]);
  await bench.timing.advance(1000);
  t.equal(bench.timing.waiting, 1, 'one schedule, not two');
});
