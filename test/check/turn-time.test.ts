import t from 'tap';
import { Inbox } from '../../src/reactor/inbox.ts';
import { countOf, isExpress, partsOf, ResultWriter } from '../../src/reactor/wire/results.ts';
import { Slices } from '../../src/check/slices.ts';
import { PAUSE_MS, TurnTime } from '../../src/check/turn-time.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

t.test('turns are short while connections come in, and for one turn more', async (t) => {
  const time = new TurnTime();
  const whole = time.partMs(performance.now(), PAUSE_MS);
  t.notOk(time.isShort);
  for (let i = 0; i < 10; i++) {
    time.noteConnection();
    t.ok(time.isShort);
    await turn();
    t.ok(time.isShort, 'there may be another one behind it');
  }
  await turn();
  await turn();
  t.notOk(time.isShort);
  t.equal(time.partMs(performance.now(), PAUSE_MS), whole);
});

t.test('while they are short, who has just worked has none of them, and who has not, a little', (t) => {
  const time = new TurnTime();
  const whole = time.partMs(0, PAUSE_MS);
  time.noteConnection();
  t.equal(time.partMs(performance.now() + 1000, PAUSE_MS), 0);
  const little = time.partMs(performance.now() - 1000, PAUSE_MS);
  t.ok(little > 0 && little < whole, `${little} ms`);
  t.end();
});

t.test('work goes on while connections come in', async () => {
  const slices = new Slices();
  const work = { left: 20 };
  const running = slices.run(() => --work.left > 0);
  while (work.left > 0) {
    slices.time.noteConnection();
    await turn();
  }
  await running;
});

t.test('of short work much at once has to wait for a turn, and all of it is done, in order', async (t) => {
  const slices = new Slices();
  const done: number[] = [];
  const work = (i: number): void => {
    const until = performance.now() + 0.4;
    while (performance.now() < until) continue;
    done.push(i);
  };
  const all = Array.from({ length: 20 }, (_, i) => slices.soon(() => work(i)));
  const atOnce = done.length;
  t.ok(atOnce >= 1 && atOnce < 20, `${atOnce} at once`);
  await Promise.all(all);
  t.same(
    done,
    Array.from({ length: 20 }, (_, i) => i),
  );
  const broken = new Error('no text can be made of it');
  const fail = (): void => {
    throw broken;
  };
  await t.rejects(Promise.all(Array.from({ length: 5 }, () => slices.soon(fail))), broken);
});

t.test('results come in parts while connections come in, and all of them in order', async (t) => {
  const count = 3 * ResultWriter.capacity;
  const writer = new ResultWriter(count);
  for (let slot = 0; slot < count; slot++) writer.result(slot, 'cancelled', -1, 0, 0);
  const batch = writer.take();
  t.equal(countOf(batch), count);
  t.equal(partsOf(batch, false).length, 3);
  const parts = partsOf(batch, true);
  t.equal(parts.length, count / 64);
  t.same(
    parts.flatMap((part) => [...new Uint8Array(part)]),
    [...new Uint8Array(batch)],
  );

  const time = new TurnTime();
  const taken: ArrayBuffer[] = [];
  const inbox = new Inbox({ take: (part) => taken.push(part), cut: partsOf, isExpress, time });
  time.noteConnection();
  inbox.add(batch);
  inbox.add(batch);
  t.same(taken, [parts[0]]);
  while (taken.length < 2 * parts.length) {
    time.noteConnection();
    await turn();
  }
  t.same(taken, [...parts, ...parts]);
});
