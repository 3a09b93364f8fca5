// What comes in faster than it is taken: in order, each once, and what was taken is let go though the end is never reached.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { Slices } from '../../src/check/slices.ts';
import type { BusMessage } from '../../src/fleet/bus-message.ts';
import { Intake } from '../../src/fleet/intake.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const turn = (): Promise<void> => new Promise(setImmediate);

const MANY = 2000;

function message(i: number, data = new Uint8Array(1000)): BusMessage {
  return { subject: `subject.${i}`, reply: undefined, data, isUnheard: false };
}

t.test('what would be too much is dropped, and that is told, not for each message', async (t) => {
  const taken: string[] = [];
  const told: string[] = [];
  const take = ({ subject }: BusMessage): unknown => taken.push(subject);
  const intake = new Intake(new Slices(), take, (what) => told.push(what));
  const data = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 100; i++) intake.add(message(i, data));
  t.match(told, [/wait here/]);
  await turn();
  while (taken.length < 63) await turn();
  await turn();
  t.equal(taken.length, 63, 'what is held for each counts too');
  t.match(told, [/wait here/, /^37 messages/]);
  intake.add(message(100, data));
  while (taken.length < 64) await turn();
  t.equal(taken.at(-1), 'subject.100', 'then there is room again');
  t.equal(told.length, 2);
});

t.test('messages are taken in order, and those that were taken are not kept', async (t) => {
  let [taken, isInOrder] = [0, true];
  const refs: WeakRef<BusMessage>[] = [];
  const take = ({ subject }: BusMessage): void => {
    isInOrder &&= subject === `subject.${taken++}`;
    const until = performance.now() + 0.05;
    while (performance.now() < until) continue;
  };
  const intake = new Intake(new Slices(), take, (what) => t.fail(what));
  let added = 0;
  const add = (): void => {
    const one = message(added++);
    if (added <= MANY) refs.push(new WeakRef(one));
    intake.add(one);
  };
  while (added < MANY) add();
  while (taken < MANY) {
    await turn();
    for (let i = 0; i < 100; i++) add(); // It never comes to the end.
  }
  t.ok(added > taken);
  await turn();
  collect();
  const kept = refs.filter((ref) => ref.deref() !== undefined).length;
  t.ok(kept < MANY / 2, `${kept} of ${MANY} are kept`);
  while (taken < added) await turn();
  t.ok(isInOrder);
});
