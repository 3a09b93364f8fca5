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
  let bytes = 0;
  const heard = (): number => bytes;
  const hear = (): void => {
    bytes++;
  };
  const pulse = new ServerPulse({ ask, heard, tell: (isThere) => told.push(isThere) });
  t.teardown(pulse.attend());
  return { told, asked, pulse, hear };
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

t.test('an answer that is late behind much else is no silence', async (t) => {
  const { told, asked, hear } = pulseOf(t);
  const hears = setInterval(hear, 20);
  t.teardown(() => clearInterval(hears));
  await until(() => asked.length === 1);
  await sleep(1500);
  t.same(told, []);
});

t.test('a question that never settles is over with its connection', async (t) => {
  const { told, asked, pulse } = pulseOf(t);
  await until(() => told.length > 0);
  pulse.reset();
  await until(() => asked.length === 2);
  asked[0]?.resolve();
  t.same(told, [false], 'and its answer is none');
  asked[1]?.resolve();
  await until(() => asked.length === 3);
  t.same(told, [false]);
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
  const pulse = new ServerPulse({ ask: answered, heard: () => 0, tell: () => undefined });
  const [first, second] = [pulse.attend(), pulse.attend()];
  first();
  await until(() => asked > 0);
  second();
  const before = asked;
  await sleep(600);
  t.equal(asked, before);
  t.same(without.told, []);
});
