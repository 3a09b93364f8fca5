// Whose descriptor a connection is, however a check with TLS ends: nobody's, in the end.
import t, { type Test } from 'tap';
import { Cancellation } from '../../src/check/cancellation.ts';
import type { CheckReply } from '../../src/check/result.ts';
import { address, checkOf } from '../support/fake-reactor.ts';
import { Authority } from '../support/certificates.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';
import { inquiry } from '../support/inquiry.ts';
import { attempt, killWorker, startClient, until } from '../support/reactor-client.ts';
import { plainTarget, TLS, tlsChecker, type TlsChecker, tlsTarget } from '../support/tls-targets.ts';

t.setTimeout(300_000);

const root = Authority.root(t);
const LOOPBACK = address('127.0.0.1');

/** Asks `count` checks with TLS of one port, at once. */
function askMany(
  { checker }: TlsChecker,
  port: number,
  count: number,
  some: Parameters<typeof inquiry>[0] = {},
): Promise<CheckReply> {
  return checker.check(
    Array.from({ length: count }, () => checkOf(`127.0.0.1:${port}`, { tls: TLS })),
    inquiry(some),
  );
}

/** The outcomes of handshakes, and how many there are of each. */
function handshakes({ results }: CheckReply): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, tls, cause } of results) {
    const what = `${outcome} ${tls?.outcome ?? cause?.code ?? 'none'}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

async function settled(t: Test): Promise<TlsChecker & { port: number; baseline: Record<string, number> }> {
  const made = await tlsChecker(t, root.file);
  const { port } = await tlsTarget(t, root.issue('target'));
  await made.ask(`127.0.0.1:${port}`);
  await until(() => made.gate.taken === 0);
  return { ...made, port, baseline: openDescriptors() };
}

t.test('a connection that is handed over is its reader’s alone: closed by it, and by nobody else', async (t) => {
  const client = await startClient(t);
  const port = await plainTarget(t, (socket) => socket.resume());
  const baseline = openDescriptors();
  for (let round = 0; round < 3; round++) {
    const made = await Promise.all(
      Array.from({ length: 40 }, () =>
        attempt(client, { address: LOOPBACK, port }, { handshake: 'full', handOver: true }),
      ),
    );
    t.ok(made.every(({ ending }) => ending === 'handed-over'));
    const over: number[] = [];
    for (const [i, { connection }] of made.entries()) {
      connection?.whenOver(() => over.push(i));
      connection?.close();
      t.throws(() => connection?.take(), 'once');
    }
    t.equal(over.length, 40);
  }
  await assertBack(t, baseline, 5000);
});

t.test('a worker that dies with connections on their way leaves none, and each attempt has its result', async (t) => {
  const client = await startClient(t, { warn: () => undefined });
  const port = await plainTarget(t, (socket) => socket.resume());
  const baseline = openDescriptors();
  for (let round = 0; round < 5; round++) {
    const asked = Array.from({ length: 60 }, () =>
      attempt(client, { address: LOOPBACK, port }, { handshake: 'full', handOver: true }),
    );
    await new Promise((resolve) => setTimeout(resolve, round));
    const last = killWorker(client, { address: LOOPBACK, port });
    const results = await Promise.all(asked);
    t.equal((await last).ending, 'lost');
    const endings = new Set(results.map(({ ending }) => ending));
    t.same(
      [...endings].filter((ending) => ending !== 'handed-over' && ending !== 'lost'),
      [],
      `round ${round}`,
    );
    for (const { connection } of results) connection?.close();
    t.ok(await until(() => client.health().ready, 20_000));
  }
  await assertBack(t, baseline, 10_000);
});

t.test(
  'ten thousand checks with TLS leave no descriptor and no memory, and the main loop turns meanwhile',
  async (t) => {
    const { port, baseline, ...made } = await settled(t);
    const heap: number[] = [];
    let longestMs = 0;
    let last = performance.now();
    const ticks = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    for (let batch = 0; batch < 20; batch++) {
      t.same(handshakes(await askMany(made, port, 500)), { 'open ok': 500 });
      await until(() => made.gate.taken === 0);
      heap.push(process.memoryUsage().external);
    }
    clearInterval(ticks);
    t.comment(`longest pause of the main loop, server included: ${longestMs.toFixed(0)} ms`);
    const early = Math.max(...heap.slice(0, 5));
    t.ok(Math.min(...heap.slice(-5)) < early + 20 * 2 ** 20, `external memory: ${heap.join(', ')}`);
    await assertBack(t, baseline, 10_000);
  },
);

t.test('a caller that leaves has every check cancelled, and every connection closed', async (t) => {
  const silent = await plainTarget(t, (socket) => socket.resume());
  const { baseline, ...made } = await settled(t);
  const cancellation = new Cancellation();
  const asked = askMany(made, silent, 100, { cancellation });
  t.ok(await until(() => made.gate.taken > 50));
  cancellation.cancel();
  t.same(handshakes(await asked), { 'cancelled ECANCELED': 100 });
  t.ok(await until(() => made.gate.taken === 0));
  await assertBack(t, baseline, 10_000);
});

t.test('a deadline reaches handshakes, and what waits for one', async (t) => {
  const made = await tlsChecker(t, root.file, {}, 4);
  const silent = await plainTarget(t, () => undefined);
  await made.ask(`127.0.0.1:${silent}`, {}, { timeoutMs: 10 });
  const { results } = await askMany(made, silent, 20, { deadlineMs: 500 });
  const codes = new Set(
    results.map(
      ({ outcome, tls, cause }) => `${outcome} ${tls?.outcome ?? 'none'} ${cause?.layer ?? ''} ${cause?.code ?? ''}`,
    ),
  );
  t.same([...codes].sort(), ['failed none deadline cut-short', 'failed none deadline not-started']);
  t.ok(await until(() => made.gate.taken === 0));
});

t.test('callers take turns at the places for TLS', async (t) => {
  const made = await tlsChecker(t, root.file, {}, 16);
  const silent = await plainTarget(t, () => undefined);
  const { port } = await tlsTarget(t, root.issue('target'));
  const cancellation = new Cancellation();
  const many = askMany(made, silent, 200, { cancellation, asker: { principal: 'greedy', from: 'test', id: '1' } });
  t.ok(await until(() => made.gate.taken >= 15));
  const one = await askMany(made, port, 1, { asker: { principal: 'modest', from: 'test', id: '2' } });
  t.same(handshakes(one), { 'open ok': 1 }, 'while the other has all that it may have');
  cancellation.cancel();
  await many;
});

t.test('with a count each round shakes hands; of several addresses only the winner does, or each', async (t) => {
  const { ask } = await tlsChecker(t, root.file, {
    resolver: {
      lookup: () =>
        Promise.resolve({ answer: ['127.0.0.1', '127.0.0.1'].map(address), durationMs: 0, queuedMs: 0, cached: false }),
    },
  });
  const target = await tlsTarget(t, root.issue('target', { names: 'DNS:two.test,IP:127.0.0.1' }));
  const rounds = await ask(`127.0.0.1:${target.port}`, {}, { count: 3, intervalMs: 0 });
  t.same(
    rounds.attempts.map(({ round, tls }) => `${round ?? 0} ${tls?.outcome ?? ''}`),
    ['1 ok', '2 ok', '3 ok'],
  );
  const raced = await ask(`two.test:${target.port}`);
  t.equal(raced.attempts.filter(({ tls }) => tls?.outcome === 'ok').length, 1);
  t.equal(raced.ok, true);
  const all = await ask(`two.test:${target.port}`, {}, { addresses: 'all' });
  t.equal(all.attempts.filter(({ tls }) => tls?.outcome === 'ok').length, 2);
});
