// The gate before the reactor: so many attempts in flight to one address, the others wait their turn within their deadline.
import t, { type Test } from 'tap';
import { askFor } from '../../src/check/attempt.ts';
import { AddressGate } from '../../src/check/address-gate.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { address, checkOf, FakeReactor, OPEN } from '../support/fake-reactor.ts';
import { buildChecker } from '../support/build-checker.ts';
import { type FakeTime, settled, stopTime } from '../support/fake-time.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { RequestDeadline } from '../../src/check/request-deadline.ts';
import { inquiry } from '../support/inquiry.ts';

interface Asking {
  readonly caller?: number;
  readonly deadlineMs?: number;
  readonly cancellation?: Cancellation;
}

/** A gate for `maxInFlight` on a reactor whose attempts end when the test says so. */
function gated(t: Test, maxInFlight: number) {
  const time: FakeTime = stopTime(t);
  const reactor = new FakeReactor(() => null);
  const gate = new AddressGate(reactor, maxInFlight);
  const ask = (to: string, { caller = 1, deadlineMs = 1000, cancellation }: Asking = {}): Promise<AttemptResult> =>
    askFor(
      gate,
      { address: address(to), port: 80 },
      {
        timeoutMs: 1000,
        handshake: 'half',
        source: null,
        deadline: time.now() + deadlineMs,
        passed: new RequestDeadline(deadlineMs).passed,
        caller,
        request: caller,
        cancellation: cancellation ?? new Cancellation(),
      },
    );
  return { time, reactor, gate, ask, callers: () => reactor.attempts.map(({ options }) => options.caller) };
}

t.test('what is beyond the limit waits until one in flight has ended; other addresses do not', async (t) => {
  const { time, reactor, gate, ask } = gated(t, 2);
  const results = ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map((to) => ask(to));
  await settled();
  t.same(
    reactor.attempts.map((attempt) => attempt.address),
    ['10.0.0.1', '10.0.0.1', '10.0.0.2'],
  );
  await time.advance(40);
  reactor.attempts[0]?.settle(OPEN);
  await settled();
  t.equal(reactor.attempts.length, 4);
  for (const attempt of reactor.attempts) attempt.settle(OPEN);
  const [first, , third] = await Promise.all(results);
  t.equal(first?.queuedMs, OPEN.queuedMs);
  t.ok(Math.abs((third?.queuedMs ?? 0) - OPEN.queuedMs - 40) < 1e-3, 'the wait is part of queuedMs');
  t.equal(gate.size, 0, 'nothing is remembered of addresses without an attempt');
});

t.test('addresses of both families are told apart by their bytes', async (t) => {
  const { reactor, ask } = gated(t, 1);
  for (const to of ['10.0.0.1', '::ffff:10.0.0.1', '::a00:1', 'fd00::1', 'fd00::2', '10.0.0.1']) void ask(to);
  await settled();
  t.equal(reactor.attempts.length, 5);
});

t.test('a deadline that passes while waiting ends the attempt, not started', async (t) => {
  const { time, reactor, ask } = gated(t, 1);
  void ask('10.0.0.1', { deadlineMs: 5000 });
  const waiting = ask('10.0.0.1', { deadlineMs: 100 });
  await time.advance(101);
  t.match(await waiting, { ending: 'not-started', latencyMs: null, tcp: null });
  t.ok((await waiting).queuedMs >= 100);
  reactor.attempts[0]?.settle(OPEN);
  await settled();
  t.equal(reactor.attempts.length, 1, 'it is not attempted afterwards');
});

t.test('a caller who leaves while waiting leaves the line', async (t) => {
  const { reactor, ask } = gated(t, 1);
  const leaving = new Cancellation();
  void ask('10.0.0.1');
  const waiting = ask('10.0.0.1', { cancellation: leaving });
  const after = ask('10.0.0.1', { caller: 3 });
  await settled();
  leaving.cancel();
  t.match(await waiting, { ending: 'cancelled', latencyMs: null });
  reactor.attempts[0]?.settle(OPEN);
  await settled();
  reactor.attempts[1]?.settle(OPEN);
  t.match(await after, { ending: 'established' });
  t.equal(reactor.attempts.length, 2);
});

t.test('callers take turns, each in its own order', async (t) => {
  const { reactor, ask, callers } = gated(t, 1);
  for (const caller of [1, 1, 1, 1, 2, 2, 3]) void ask('10.0.0.1', { caller });
  for (let i = 0; i < 7; i++) {
    await settled();
    reactor.attempts[i]?.settle(OPEN);
  }
  t.same(callers(), [1, 1, 2, 3, 1, 2, 1]);
});

t.test('never more in flight than allowed, never less while somebody waits', async (t) => {
  const { reactor, ask, gate } = gated(t, 3);
  const all = Array.from({ length: 200 }, (_, i) => ask('10.0.0.1', { caller: i % 7 }));
  let ended = 0;
  while (ended < 200) {
    await settled();
    const inFlight = reactor.attempts.filter(({ result }) => result === null);
    t.equal(inFlight.length, Math.min(3, 200 - ended));
    for (const attempt of inFlight.slice(0, 1 + (ended % 3))) {
      attempt.settle(OPEN);
      ended++;
    }
  }
  await Promise.all(all);
  t.equal(gate.size, 0);
});

t.test('a check that never had its turn is failed, not timeout; what it waits is not its own time', async (t) => {
  const time = stopTime(t);
  const silent = new FakeReactor(() => null);
  const { checker } = buildChecker(undefined, { reactor: new AddressGate(silent, 1) });
  const reply = checker.check(
    [80, 81, 82].map((port) => checkOf(`10.0.0.1:${port}`, { timeoutMs: 100 })),
    inquiry({ deadlineMs: 300 }),
  );
  await time.advance(250);
  silent.attempts[0]?.settle(OPEN);
  await settled();
  t.match(silent.attempts[1]?.options, { timeoutMs: 100 }, 'after 250 ms it has all of its time');
  await time.advance(51);
  silent.attempts[1]?.settle(OPEN);
  t.match(await reply, {
    results: [
      { outcome: 'open' },
      { outcome: 'open' },
      { outcome: 'failed', cause: { layer: 'deadline', code: 'not-started' }, latencyMs: null },
    ],
  });
});
