import t from 'tap';
import { Cancellation } from '../../src/check/cancellation.ts';
import { cancelled } from '../support/inquiry.ts';

const member = (told: string[], name: string) => ({ cancel: () => void told.push(name) });

t.test('members are told once, when it is cancelled and not before', (t) => {
  const cancellation = new Cancellation();
  const told: string[] = [];
  for (const name of ['first', 'second']) cancellation.add(member(told, name));
  t.same(told, []);
  t.equal(cancellation.isCancelled, false);
  cancellation.cancel();
  cancellation.cancel();
  t.same(told, ['first', 'second']);
  t.equal(cancellation.isCancelled, true);
  t.end();
});

t.test('it is abandoned by whoever leaves, but not after it was cancelled', (t) => {
  const told: string[] = [];
  const left = new Cancellation();
  left.add({ cancel: () => told.push(`abandoned: ${left.isAbandoned}`) });
  left.abandon();
  left.abandon();
  const over = new Cancellation();
  over.add({ cancel: () => told.push(`abandoned: ${over.isAbandoned}`) });
  over.cancel();
  over.abandon();
  t.same(told, ['abandoned: true', 'abandoned: false']);
  t.same([over.isAbandoned, left.isAbandoned, left.isCancelled], [false, true, true]);
  t.end();
});

t.test('who has its answer is not told, and the others are', (t) => {
  const cancellation = new Cancellation();
  const told: string[] = [];
  const first = member(told, 'first');
  cancellation.add(first);
  cancellation.add(member(told, 'second'));
  cancellation.delete(first);
  cancellation.delete(first);
  cancellation.cancel();
  t.same(told, ['second']);
  t.end();
});

t.test('a member that leaves while the others are told is not told', (t) => {
  const cancellation = new Cancellation();
  const told: string[] = [];
  const second = member(told, 'second');
  cancellation.add({ cancel: () => cancellation.delete(second) });
  cancellation.add(second);
  cancellation.cancel();
  t.same(told, []);
  t.end();
});

t.test('whoever joins too late is told too, but not before add returns', async (t) => {
  const late = cancelled();
  const told: string[] = [];
  const gone = member(told, 'gone');
  late.add(gone);
  late.add(member(told, 'late'));
  late.delete(gone);
  t.same(told, []);
  await Promise.resolve();
  t.same(told, ['late']);
});

t.test('one that is another’s member is cancelled with it, and not the other way round', (t) => {
  const request = new Cancellation();
  const race = new Cancellation();
  const other = new Cancellation();
  request.add(race);
  request.add(other);
  race.cancel();
  t.same([request.isCancelled, other.isCancelled], [false, false]);
  request.cancel();
  t.equal(other.isCancelled, true);
  t.end();
});
