// The wake between two threads: no order of their steps leaves a message with a worker asleep.
import t from 'tap';
import { SHARED } from '../../../src/reactor/protocol.ts';
import { askForTurn, finishWait, prepareToWait, takeWake } from '../../../src/reactor/wire/wake.ts';
import { closedPort } from '../../support/raw-sockets.ts';
import { attempt, startClient } from '../../support/reactor-client.ts';

const PAUSE = new Int32Array(1);

const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(SHARED.sockets * 4));

t.test('who is asleep is woken, once', (t) => {
  const shared = words();
  t.equal(prepareToWait(shared), true, 'nobody has asked: it may block');
  t.equal(askForTurn(shared), true, 'it takes a write');
  t.equal(askForTurn(shared), false, 'and not another');
  finishWait(shared);
  t.equal(takeWake(shared), true);
  t.equal(takeWake(shared), false, 'it is taken');
  t.end();
});

t.test('who is awake is not woken, and does not block before it has looked', (t) => {
  const shared = words();
  t.equal(askForTurn(shared), false);
  t.equal(prepareToWait(shared), false);
  t.equal(askForTurn(shared), false, 'it does not block: it needs no write');
  finishWait(shared);
  t.equal(takeWake(shared), true);
  t.equal(prepareToWait(shared), true);
  t.end();
});

t.test('a wake that is asked for after the inbox was drained keeps the worker from blocking', (t) => {
  const shared = words();
  askForTurn(shared);
  t.equal(takeWake(shared), true);
  askForTurn(shared);
  t.equal(prepareToWait(shared), false);
  t.end();
});

t.test('thousands of messages to a worker that is just lying down', { timeout: 120_000 }, async (t) => {
  const client = await startClient(t);
  const target = closedPort(t, 4);
  // A socket that is bound is not kept, and a worker without idle sockets sleeps for ever: nothing else makes up for a
  // wake that was lost, and the test ends by its timeout.
  const source = { address: target.address, interface: null };
  const endings = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    // From none to some tens of microseconds, in small steps and in large ones: somewhere there the worker goes from its
    // result to its wait.
    for (let spins = (i % 100) * (i % 300 < 200 ? 5 : 50); spins > 0; spins--) Atomics.load(PAUSE, 0);
    const { ending } = await attempt(client, target, { source, timeoutMs: 60_000 });
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  t.strictSame([...endings], [['error', 20_000]], 'each was refused');
});
