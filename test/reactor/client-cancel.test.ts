// A cancellation of attempts on a real worker: it ends those that it has, wherever they are, and no others.
import t from 'tap';
import { Cancellation } from '../../src/check/cancellation.ts';
import { cancelled } from '../support/inquiry.ts';
import { openPort, silentPort } from '../support/raw-sockets.ts';
import { attempt, startClient, tally, until } from '../support/reactor-client.ts';

// Workers start through the test runner's loader, which takes its time.
t.setTimeout(120_000);

const client = await startClient(t);

t.test('a cancellation ends its own attempts within 100 ms, queued ones too, and no others', async (t) => {
  const silent = silentPort(t);
  const cancellation = new Cancellation();
  const left = Array.from({ length: 200 }, () => attempt(client, silent, { timeoutMs: 5000, cancellation }));
  const stays = attempt(client, silent, { timeoutMs: 500, caller: 2 });
  t.ok(await until(() => client.inFlight === 65));
  t.equal(client.outstanding, 201);
  const cancelledAt = performance.now();
  cancellation.cancel();
  const results = await Promise.all(left);
  t.ok(performance.now() - cancelledAt < 100, `${performance.now() - cancelledAt} ms`);
  t.same(tally(results), { cancelled: 200 });
  t.equal(client.outstanding, 1);
  t.match(await stays, { ending: 'expired' });
});

t.test('nothing is read of an attempt whose caller has left', async (t) => {
  for (const end of ['abandon', 'cancel'] as const) {
    const cancellation = new Cancellation();
    const left = attempt(client, silentPort(t), { timeoutMs: 5000, cancellation });
    t.ok(await until(() => client.inFlight === 1));
    cancellation[end]();
    const { ending, tcp } = await left;
    t.equal(ending, 'cancelled');
    t.equal(tcp === null, end === 'abandon', end);
    t.ok(await until(() => client.inFlight === 0));
  }
});

t.test('an attempt whose cancellation is cancelled already is cancelled and never starts', async (t) => {
  const result = await attempt(client, openPort(t), { cancellation: cancelled() });
  t.match(result, { ending: 'cancelled', latencyMs: null, queuedMs: 0 });
  t.equal(client.outstanding, 0);
});

t.test('an attempt that has settled is a member of its cancellation no more', async (t) => {
  const members = new Set<object>();
  const cancellation = {
    isCancelled: false,
    isAbandoned: false,
    add: (member: object) => void members.add(member),
    delete: (member: object) => void members.delete(member),
  };
  const open = openPort(t);
  const attempts = Array.from({ length: 30 }, () => attempt(client, open, { cancellation }));
  t.equal(members.size, 30);
  await Promise.all(attempts);
  t.equal(members.size, 0);
});
