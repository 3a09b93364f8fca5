import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ServerPulse } from '../../src/fleet/server-pulse.ts';

/** A pulse whose server answers when the test says so; null: there is no connection. */
function pulseOf(t: Test, isConnected = true) {
  const told: boolean[] = [];
  const asked: PromiseWithResolvers[] = [];
  const ask = (): Promise<void> | null => {
    if (!isConnected) return null;
    const question = withResolvers();
    asked.push(question);
    return question.promise;
  };
  const pulse = new ServerPulse({ ask, tell: (isThere) => told.push(isThere) });
  t.teardown(pulse.attend());
  return { told, asked, pulse };
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

t.test('a server that does not answer is told as lost, once, and as there when it answers', async (t) => {
  const { told, asked } = pulseOf(t);
  await until(() => told.length > 0);
  t.same(told, [false]);
  t.equal(asked.length, 1, 'one question at a time');
  await sleep(600);
  t.same(told, [false]);
  asked[0]?.resolve();
  await until(() => told.length > 1);
  t.same(told, [false, true]);
  await until(() => asked.length === 2);
});

t.test('one that answers is not told of', async (t) => {
  const { told, asked } = pulseOf(t);
  for (let answered = 0; answered < 5; answered++) {
    await until(() => asked.length > answered);
    asked[answered]?.resolve();
  }
  t.same(told, []);
});

t.test('of a connection that is lost meanwhile nothing is told: the client does that', async (t) => {
  const { told, asked } = pulseOf(t);
  await until(() => told.length > 0);
  asked[0]?.reject(new Error('closed'));
  await until(() => asked.length === 2);
  t.same(told, [false]);
});

t.test('nothing is asked without a connection, and after nobody attends any more', async (t) => {
  const without = pulseOf(t, false);
  let asked = 0;
  const answered = async (): Promise<void> => {
    asked++;
    await sleep(1);
  };
  const pulse = new ServerPulse({ ask: answered, tell: () => undefined });
  const [first, second] = [pulse.attend(), pulse.attend()];
  first();
  await until(() => asked > 0);
  second();
  const before = asked;
  await sleep(600);
  t.equal(asked, before);
  t.same(without.told, []);
});
