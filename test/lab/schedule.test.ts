// The order in which answers leave.
import t from 'tap';
import { Schedule } from '../support/lab/schedule.ts';

t.test('items leave in order of time, and those of one instant in the order they came', (t) => {
  const schedule = new Schedule<{ atMs: number; name: string }>();
  t.equal(schedule.nextMs, Infinity);
  for (const [index, atMs] of [5, 1, 3, 1, 9, 3, 1].entries()) schedule.add({ atMs, name: `${atMs}#${index}` });
  t.equal(schedule.nextMs, 1);
  t.equal(schedule.take(0.9), undefined, 'nothing leaves early');
  const order = [];
  for (let item = schedule.take(8); item !== undefined; item = schedule.take(8)) order.push(item.name);
  t.same(order, ['1#1', '1#3', '1#6', '3#2', '3#5', '5#0']);
  t.equal(schedule.nextMs, 9);
  schedule.clear();
  t.equal(schedule.nextMs, Infinity);
  t.end();
});
