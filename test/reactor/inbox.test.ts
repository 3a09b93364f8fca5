import t from 'tap';
import { Inbox } from '../../src/reactor/inbox.ts';

t.test(
  'what comes is taken at once and in order, and a turn that has taken its part leaves the rest to the next',
  async (t) => {
    const taken: number[] = [];
    const inbox = new Inbox((batch) => {
      taken.push(batch.byteLength);
      const until = performance.now() + 3;
      while (performance.now() < until);
    });
    for (let i = 1; i <= 8; i++) inbox.add(new ArrayBuffer(i));
    t.ok(taken.length >= 1 && taken.length < 8, `${taken.length} at once`);
    while (taken.length < 8) await new Promise(setImmediate);
    inbox.add(new ArrayBuffer(9));
    while (taken.length < 9) await new Promise(setImmediate);
    t.same(taken, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },
);

t.test('the last words of a worker that is gone are taken before it is given up', (t) => {
  let taken = 0;
  const inbox = new Inbox(() => {
    taken++;
    const until = performance.now() + 6;
    while (performance.now() < until);
  });
  for (let i = 0; i < 3; i++) inbox.add(new ArrayBuffer(1));
  t.equal(taken, 1);
  inbox.flush();
  t.equal(taken, 3);
  t.end();
});
