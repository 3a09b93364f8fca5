// The reactor on its real worker, against the loopback: every ending, and what the far side sees of it.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Endpoint } from '../../src/reactor/protocol.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';
import { closedPort, loopback, openPort, silentPort } from '../support/raw-sockets.ts';
import { attempt, startClient, tally, until } from '../support/reactor-client.ts';

const { ECONNREFUSED, ENODEV, EADDRNOTAVAIL } = constants.errno;

/** How long a server that greets takes to hang up when it has heard the end. */
const PARTING_MS = 50;

const before = openDescriptors();

// Workers start through the test runner's loader, which takes its time.
t.setTimeout(120_000);

const client = await startClient(t);
const idle = openDescriptors();

interface Counter {
  readonly endpoint: Endpoint;
  accepted: number;
  readonly ends: string[];
}

/**
 * An application that counts its connections and how they end. It may say something as soon as it is connected to, as SSH
 * does, and again when it has heard the end: what was answered with RST is an error then.
 */
async function counter(t: Test, greeting?: string): Promise<Counter> {
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1', 1024), 'listening');
  t.teardown(() => server.close());
  const counted: Counter = { endpoint: loopback((server.address() as AddressInfo).port), accepted: 0, ends: [] };
  server.on('connection', (socket) => {
    counted.accepted++;
    socket.on('error', (error: NodeJS.ErrnoException) => counted.ends.push(error.code ?? error.message));
    socket.on('end', () => {
      counted.ends.push('FIN');
      if (greeting === undefined) socket.end();
      else setTimeout(() => socket.end(greeting), PARTING_MS);
    });
    if (greeting !== undefined) socket.write(greeting);
    socket.resume();
  });
  return counted;
}

// The first test: later, the sockets that others have left idle would be closed while it counts.
t.test('full handshakes in a row take few sockets, and each ends in order', async (t) => {
  const { endpoint, ends } = await counter(t);
  const closed = closedPort(t);
  const sockets = (): number => openDescriptors()['socket'] ?? 0;
  const baseline = sockets();
  for (let i = 0; i < 100; i++) {
    t.match(await attempt(client, endpoint, { handshake: 'full' }), { ending: 'established', errno: 0 });
    t.match(await attempt(client, closed, { handshake: 'full' }), { ending: 'error', errno: ECONNREFUSED });
  }
  t.ok(await until(() => ends.length === 100));
  // Within half a second: after a second without work they are closed anyhow.
  t.ok(await until(() => sockets() - baseline < 20, 500), 'few are open');
  t.same(ends, new Array(100).fill('FIN'));
});

for (const family of [4, 6] as const) {
  t.test(`IPv${family}: open, refused and silent ports end each in their own way`, async (t) => {
    const started = performance.now();
    const [open, refused, silent] = await Promise.all([
      attempt(client, openPort(t, family)),
      attempt(client, closedPort(t, family)),
      attempt(client, silentPort(t, family), { timeoutMs: 100 }),
    ]);
    const tookMs = performance.now() - started;

    t.match(open, { ending: 'established', errno: 0, syscall: null, icmp: null });
    t.match(open.tcp, { state: 1, segsOut: 1, segsIn: 1, synRetransmits: 0 });
    t.ok((open.tcp?.rttUs ?? 0) > 0);
    t.ok((open.latencyMs ?? -1) > 0 && (open.latencyMs ?? 1e9) < tookMs);

    t.match(refused, { ending: 'error', errno: ECONNREFUSED, syscall: null, icmp: null, tcp: { segsIn: 1 } });

    t.match(silent, { ending: 'expired', errno: 0, syscall: null, tcp: { state: 2, segsIn: 0 } });
    const lastedMs = silent.queuedMs + (silent.latencyMs ?? 0);
    t.ok(lastedMs >= 100 && lastedMs < 2000, `${lastedMs} ms`);
  });
}

t.test(
  'the application behind the port sees no half-open attempt, and each full one once, ended in order',
  async (t) => {
    const half = await counter(t);
    const full = await counter(t);
    const fifty = Array.from({ length: 50 });
    const results = await Promise.all([
      ...fifty.map(() => attempt(client, half.endpoint)),
      ...fifty.map(() => attempt(client, full.endpoint, { handshake: 'full' })),
    ]);
    t.same(tally(results), { established: 100 });
    // Longer than the 200 ms after which a delayed ACK would complete the handshake.
    await sleep(400);
    t.equal(half.accepted, 0);
    t.equal(full.accepted, 50);
    t.same(full.ends, new Array(50).fill('FIN'));
  },
);

t.test('a server that greets hundreds of full handshakes in one moment sees each of them end in order', async (t) => {
  const crowd = await startClient(t, { maxInFlight: 1024 });
  const greeting = await counter(t, 'hello');
  const full = Array.from({ length: 900 }, () =>
    attempt(crowd, greeting.endpoint, { handshake: 'full', timeoutMs: 20_000 }),
  );
  t.same(tally(await Promise.all(full)), { established: 900 });
  t.ok(await until(() => greeting.ends.length >= 900));
  await sleep(4 * PARTING_MS);
  t.same(tally(greeting.ends.map((ending) => ({ ending }))), { FIN: 900 });
});

t.test('a source address and an interface bind the socket; what cannot be bound is a local error', async (t) => {
  const { endpoint } = await counter(t);
  const address = { family: 4, bytes: Uint8Array.of(127, 0, 0, 3) } as const;
  const foreign = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) } as const;
  const [bound, noInterface, noAddress] = await Promise.all([
    attempt(client, endpoint, { source: { address, interface: 'lo' } }),
    attempt(client, endpoint, { source: { address: null, interface: 'reachd-none' } }),
    attempt(client, endpoint, { source: { address: foreign, interface: null } }),
  ]);
  t.match(bound, { ending: 'established' });
  t.match(noInterface, { ending: 'local-error', syscall: 'setsockopt', errno: ENODEV, latencyMs: null, tcp: null });
  t.match(noAddress, { ending: 'local-error', syscall: 'bind', errno: EADDRNOTAVAIL, latencyMs: null, tcp: null });
});

t.test('10,000 attempts in one burst are all answered, rightly, and leave no descriptor', async (t) => {
  await assertBack(t, idle, 5000); // What other tests have used is closed a second later.
  const open = openPort(t);
  const closed = closedPort(t);
  const silent = silentPort(t);
  const baseline = openDescriptors();
  const endpoints = Array.from({ length: 10_000 }, (_, i) => (i % 50 === 0 ? silent : i % 2 === 0 ? open : closed));
  const results = await Promise.all(
    endpoints.map((endpoint, i) =>
      attempt(client, endpoint, { timeoutMs: endpoint === silent ? 300 : 20_000, caller: i % 7 }),
    ),
  );
  const expected = new Map([
    [open, 'established'],
    [closed, 'error'],
    [silent, 'expired'],
  ]);
  t.same(
    results.map(({ ending }) => ending),
    endpoints.map((endpoint) => expected.get(endpoint)),
  );
  t.equal(client.outstanding, 0);
  // Idle sockets are closed a second after the last work.
  await assertBack(t, baseline, 3000);
});

t.test('while silence holds every place, another caller’s check waits for one place, not for the batch', async (t) => {
  const silent = silentPort(t);
  const open = openPort(t);
  const short = Array.from({ length: 8 }, () => attempt(client, silent, { timeoutMs: 300, caller: 2 }));
  const batch = Array.from({ length: 1000 }, () => attempt(client, silent, { timeoutMs: 10_000, caller: 1 }));
  t.ok(await until(() => client.inFlight === 64));
  const single = await attempt(client, open, { timeoutMs: 5000, caller: 3 });
  t.equal(single.ending, 'established');
  t.ok(single.queuedMs < 2000, `it waited ${single.queuedMs} ms: until the short ones made room, not for the batch`);
  t.same(tally(await Promise.all(short)), { expired: 8 });
  const abandoned = client.close(0);
  t.same(Object.keys(tally(await Promise.all(batch))).sort(), ['cancelled']);
  await abandoned;
});

t.test(
  'a burst does not wait for the end of the turn that asks for it, when the worker has nothing to do',
  async (t) => {
    const client = await startClient(t);
    const silent = silentPort(t);
    await attempt(client, openPort(t));
    const asked = Array.from({ length: 8 }, () => attempt(client, silent, { timeoutMs: 500 }));
    // This turn does not end before this loop does.
    const last = performance.now() + 10_000;
    while (client.inFlight === 0 && performance.now() < last);
    t.ok(client.inFlight > 0);
    t.same(tally(await Promise.all(asked)), { expired: 8 });
  },
);

t.test('nothing is left open', async (t) => {
  await client.close(0);
  await assertBack(t, before, 2000);
});
