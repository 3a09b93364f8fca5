import t from 'tap';
import { onAbort } from '../../src/check/on-abort.ts';

t.test('who is interested is told once, when the signal aborts and not before', (t) => {
  const caller = new AbortController();
  const told: string[] = [];
  onAbort(caller.signal, () => told.push('first'));
  onAbort(caller.signal, () => told.push('second'));
  t.same(told, []);
  caller.abort();
  caller.abort();
  t.same(told, ['first', 'second']);
  t.end();
});

t.test('whose interest has ended is not told, and the others are', (t) => {
  const caller = new AbortController();
  const told: string[] = [];
  const forget = onAbort(caller.signal, () => told.push('first'));
  onAbort(caller.signal, () => told.push('second'));
  forget();
  forget();
  caller.abort();
  t.same(told, ['second']);
  t.end();
});

t.test('a signal that has aborted tells too, but not before onAbort returns', async (t) => {
  const told: string[] = [];
  onAbort(AbortSignal.abort(), () => told.push('late'));
  t.same(told, []);
  await Promise.resolve();
  t.same(told, ['late']);
});

t.test('signals are told apart', (t) => {
  const [one, other] = [new AbortController(), new AbortController()];
  const told: string[] = [];
  onAbort(one.signal, () => told.push('one'));
  onAbort(other.signal, () => told.push('other'));
  other.abort();
  t.same(told, ['other']);
  t.end();
});

t.test('ten thousand that share a signal take one listener', (t) => {
  const { signal } = new AbortController();
  const added = t.capture(signal, 'addEventListener', AbortSignal.prototype.addEventListener.bind(signal));
  for (let i = 0; i < 10_000; i++) onAbort(signal, () => undefined);
  t.equal(added().length, 1);
  t.end();
});
