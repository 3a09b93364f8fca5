import t from 'tap';
import { Inbox, type InboxParts } from '../../src/reactor/inbox.ts';
import type { TurnTime } from '../../src/check/turn-time.ts';

/** An inbox whose batches are numbers, their lengths, and take `ms` each; even ones take the express lane, and `expressMs`. */
function inboxOf(taken: number[], ms: number, parts: Partial<InboxParts> = {}, expressMs = ms): Inbox {
  return new Inbox({
    take: ({ byteLength }) => {
      taken.push(byteLength);
      const until = performance.now() + (byteLength % 2 === 0 ? expressMs : ms);
      while (performance.now() < until);
    },
    cut: (batch) => [batch],
    isExpress: ({ byteLength }) => byteLength % 2 === 0,
    ...parts,
  });
}

const turn = (): Promise<void> => new Promise(setImmediate);
const odd = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * i + 1);

t.test(
  'what comes is taken at once and in order, and a turn that has taken its part leaves the rest to the next',
  async (t) => {
    const taken: number[] = [];
    const inbox = inboxOf(taken, 3);
    for (const length of odd(8)) inbox.add(new ArrayBuffer(length));
    t.ok(taken.length >= 1 && taken.length < 8, `${taken.length} at once`);
    while (taken.length < 8) await turn();
    inbox.add(new ArrayBuffer(17));
    while (taken.length < 9) await turn();
    t.same(taken, odd(9));
  },
);

t.test('each lane has its part of a turn, and its own order, the express lane first', async (t) => {
  const taken: number[] = [];
  const inbox = inboxOf(taken, 3);
  for (const length of [...odd(5), 2, 4, 6]) inbox.add(new ArrayBuffer(length));
  while (taken.length < 8) await turn();
  t.same(taken, [1, 2, 3, 4, 5, 6, 7, 9], 'each waits for one of the others at the most');
});

t.test('many small messages of the express lane do not wait for as many turns', async (t) => {
  const taken: number[] = [];
  const inbox = inboxOf(taken, 3, {}, 0);
  const express = Array.from({ length: 50 }, (_, i) => 2 * i + 2);
  for (const length of [...odd(20), ...express]) inbox.add(new ArrayBuffer(length));
  while (taken.length < 70) await turn();
  t.same(
    taken.filter((length) => length % 2 === 0),
    express,
  );
  t.ok(taken.indexOf(100) < taken.indexOf(39), 'the last of them is taken before the last of the others');
});

t.test('others have their turn however long the express lane takes', async (t) => {
  const taken: number[] = [];
  const inbox = inboxOf(taken, 0, {}, 3);
  for (const length of [...odd(3), 2, 4, 6, 8, 10, 12]) inbox.add(new ArrayBuffer(length));
  inbox.add(new ArrayBuffer(7));
  while (taken.length < 10) await turn();
  t.ok(taken.indexOf(7) < taken.indexOf(12), taken.join(' '));
});

t.test('while others pause, the express lane does not', async (t) => {
  const taken: number[] = [];
  const paused = { partMs: () => 0, isShort: true } as unknown as TurnTime;
  const inbox = inboxOf(taken, 3, { time: paused });
  for (const length of [1, 2, 3, 4]) inbox.add(new ArrayBuffer(length));
  while (taken.length < 2) await turn();
  t.same(taken, [2, 4]);
  inbox.flush();
  t.same(taken, [2, 4, 1, 3]);
});

t.test('the express lane, too, leaves what is too much for a turn to the next', async (t) => {
  const taken: number[] = [];
  const inbox = inboxOf(taken, 3);
  for (const length of [2, 4, 6, 8]) inbox.add(new ArrayBuffer(length));
  t.same(taken, [2]);
  while (taken.length < 4) await turn();
  t.same(taken, [2, 4, 6, 8]);
});

t.test('the last words of a worker that is gone are taken before it is given up', (t) => {
  const taken: number[] = [];
  const inbox = inboxOf(taken, 6);
  for (const length of [1, 3, 2, 4]) inbox.add(new ArrayBuffer(length));
  inbox.flush();
  t.same(taken, [1, 2, 4, 3]);
  t.end();
});
