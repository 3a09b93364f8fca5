// Starts, cancels, answers, refusals, silence, faults and time, in any order, on a fake kernel: each start has exactly
// one result, what is in flight is what has a socket, and in the end nothing is open.
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { EPOLLERR, EPOLLHUP, EPOLLOUT } from '../../native-bindings/linux.ts';
import type { Ending } from '../../src/reactor/protocol.ts';
import { IDLE_MS } from '../../src/reactor/sockets.ts';
import { stopClock, type FakeClock } from '../support/fake-clock.ts';
import { ROUTER, type FakeSocket } from '../support/fake-socket.ts';
import { ReactorBench } from '../support/reactor-bench.ts';

const SLOTS = 12;
const MAX_IN_FLIGHT = 5;

/** What the client knows: which slots wait for a result, and what their far side has done. */
interface Model {
  readonly outstanding: Map<number, { deadline: number; cancelled: boolean; timeoutMs: number }>;
}
type Command = fc.Command<Model, ReactorBench>;

/** A command that may run at any time. */
function always(name: string, run: (model: Model, bench: ReactorBench) => void): Command {
  return { check: () => true, run, toString: () => name };
}

function start(
  slot: number,
  timeoutMs: number,
  deadlineMs: number,
  request: number,
  handshake: 'half' | 'full',
  isIpv6: boolean,
): Command {
  return {
    check: (model) => !model.outstanding.has(slot),
    run: (model, bench) => {
      model.outstanding.set(slot, { deadline: bench.clock.now() + deadlineMs, cancelled: false, timeoutMs });
      const bytes = new Uint8Array(isIpv6 ? 16 : 4);
      const endpoint = { address: { family: isIpv6 ? 6 : 4, bytes }, port: 1000 + slot } as const;
      bench.start(slot, { timeoutMs, deadlineMs, caller: request % 3, request, handshake, endpoint });
    },
    toString: () =>
      `start ${slot} for ${timeoutMs} ms within ${deadlineMs}, ${handshake}, request ${request}, IPv${isIpv6 ? 6 : 4}`,
  };
}

function cancel(slot: number): Command {
  return always(`cancel ${slot}`, (model, bench) => {
    bench.cancel(slot);
    const entry = model.outstanding.get(slot);
    if (entry !== undefined) entry.cancelled = true;
  });
}

/** Something that happens to one of the sockets that are connecting. */
function far(name: string, which: number, happen: (socket: FakeSocket) => void): Command {
  return always(`${name} ${which}`, (_model, { kernel }) => {
    const socket = kernel.connecting[which % Math.max(1, kernel.connecting.length)];
    if (socket !== undefined) happen(socket);
  });
}

function turn(model: Model, bench: ReactorBench): void {
  bench.turn();
  const now = bench.clock.now();
  for (const { slot, ending, latencyMs, queuedMs } of bench.taken()) {
    const entry = model.outstanding.get(slot);
    assert.ok(entry, `slot ${slot} has a result that nobody waits for`);
    model.outstanding.delete(slot);
    assert.ok(queuedMs >= 0 && (latencyMs ?? 0) >= 0);
    if (ending === 'cancelled') assert.ok(entry.cancelled, `slot ${slot} was not cancelled`);
    // The truth about silence: it had its whole time in flight, whatever its neighbours did.
    if (ending === 'expired') assert.ok((latencyMs ?? 0) >= entry.timeoutMs - 1e-6, `slot ${slot} expired early`);
    // By its deadline, which may have passed before this turn, it had not had its time.
    if (ending === 'cut-short') assert.ok(now - (latencyMs ?? NaN) + entry.timeoutMs > entry.deadline, `slot ${slot}`);
    if (ending === 'not-started') assert.equal(latencyMs, null);
    if (ending === 'cut-short' || ending === 'not-started')
      assert.ok(entry.deadline <= now, `slot ${slot} was cut early`);
  }
  assert.ok(bench.inFlight <= MAX_IN_FLIGHT, 'in flight is bounded');
  assert.deepEqual(bench.descriptors.sort(), [...bench.kernel.sockets.keys()].sort(), 'shared memory mirrors them');
  assert.ok(bench.inFlight + bench.queued <= model.outstanding.size, 'nobody works for nothing');
}

const slot = fc.nat(SLOTS - 1);
const which = fc.nat(9);
const faults = [
  fc.constantFrom(...(['open', 'watch', 'halveHandshakes', 'readInfo', 'takeError', 'disconnect'] as const)),
  fc.constantFrom(...(['EMFILE', 'ENOBUFS', 'ENOSPC', 'EINVAL', 'EADDRNOTAVAIL'] as const)),
] as const;
const connectErrnos = (['EINTR', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EAGAIN'] as const).map(
  (code) => constants.errno[code],
);
const icmp = { errno: constants.errno.EHOSTUNREACH, type: 3, code: 13, ...ROUTER } as const;

const commands = [
  fc
    .tuple(
      slot,
      fc.integer({ min: 1, max: 200 }),
      fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 200 })),
      fc.nat(5),
      fc.constantFrom('half' as const, 'full' as const),
      fc.boolean(),
    )
    .map((fields) => start(...fields)),
  fc
    .tuple(slot, fc.constant(5000), fc.constant(Infinity), fc.nat(5), fc.constant('half' as const), fc.constant(false))
    .map((fields) => start(...fields)),
  slot.map(cancel),
  which.map((n) => far('answer', n, (socket) => socket.answer())),
  which.map((n) => far('refuse', n, (socket) => socket.refuse())),
  which.map((n) =>
    far('reject', n, (socket) => {
      socket.errorQueue.push(icmp);
      socket.raise(EPOLLERR);
    }),
  ),
  fc
    .tuple(which, fc.constantFrom(EPOLLOUT, EPOLLERR, EPOLLHUP | EPOLLOUT))
    .map(([n, events]) => far('raise', n, (socket) => socket.raise(events))),
  fc
    .tuple(fc.nat(9), fc.nat(40))
    .map(([index, generation]) =>
      always(`stale event ${index} ${generation}`, (_model, { kernel }) => kernel.raise(index, generation, EPOLLOUT)),
    ),
  fc
    .tuple(...faults, fc.integer({ min: 1, max: 4 }))
    .map(([call, code, times]) =>
      always(`${times} times ${code} from ${call}`, (_model, { kernel }) => kernel.failNext(call, code, times)),
    ),
  fc
    .constantFrom(0, ...connectErrnos)
    .map((errno) => always(`connect returns ${errno}`, (_model, { kernel }) => kernel.connectReturns.push(errno))),
  fc
    .constantFrom(0.3, 1, 20, 100, IDLE_MS)
    .map((ms) => always(`${ms} ms pass`, (_model, { clock }) => clock.advance(ms))),
  fc.constant(always('turn', turn)),
  fc.constant(always('turn', turn)),
];

/** No more faults, everything cancelled, and the idle time over. */
function comeToRest(model: Model, bench: ReactorBench): void {
  bench.kernel.heal();
  for (const [slot, entry] of model.outstanding) {
    entry.cancelled = true;
    bench.cancel(slot);
  }
  turn(model, bench);
  turn(model, bench);
  assert.equal(model.outstanding.size, 0, 'each start has its result');
  bench.clock.advance(IDLE_MS);
  turn(model, bench);
  assert.equal(bench.kernel.sockets.size, 0, 'no socket is left open');
  assert.deepEqual([bench.inFlight, bench.queued], [0, 0]);
  turn(model, bench);
  assert.equal(bench.kernel.waits.at(-1), Infinity, 'and it sleeps');
}

t.test('whatever happens in whatever order, each start has exactly one result and nothing is left open', (t) => {
  const clock: FakeClock = stopClock(t);
  const endings = new Set<Ending>();
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 150, size: 'max' }), (commands) => {
      const model: Model = { outstanding: new Map() };
      const bench = new ReactorBench(clock, MAX_IN_FLIGHT);
      bench.kernel.onWait = (timeoutMs) => {
        if (timeoutMs === 0) return;
        const { kernel, sockets, inFlight } = bench;
        assert.equal(kernel.sockets.size, inFlight + sockets.idle, 'it sleeps with a socket for each, and no other');
      };
      const taken = bench.taken.bind(bench);
      bench.taken = () => taken().map((result) => (endings.add(result.ending), result));
      fc.modelRun(() => ({ model, real: bench }), commands);
      comeToRest(model, bench);
    }),
    { numRuns: 400 },
  );
  t.same(
    [...endings].sort(),
    ['cancelled', 'cut-short', 'error', 'established', 'expired', 'local-error', 'not-started'],
    'and each ending was seen',
  );
  t.end();
});

t.test('without cancels, time alone brings every start to its end, after its own time in flight', (t) => {
  const clock = stopClock(t);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 40 }), (timeouts) => {
      const bench = new ReactorBench(clock, MAX_IN_FLIGHT);
      timeouts.forEach((timeoutMs, slot) => bench.start(slot, { timeoutMs, caller: slot % 3 }));
      // As a real wait would: time passes only as far as the loop asked to sleep.
      bench.kernel.onWait = (timeoutMs) => clock.advance(timeoutMs === Infinity ? 0 : timeoutMs);
      for (let turns = 0; bench.results.length < timeouts.length && turns < 1000; turns++) bench.turn();
      assert.equal(bench.results.length, timeouts.length);
      for (const { slot, ending, latencyMs } of bench.results) {
        assert.equal(ending, 'expired');
        assert.ok(Math.abs((latencyMs ?? 0) - (timeouts[slot] ?? 0)) < 1, `slot ${slot}: ${latencyMs ?? 0} ms`);
      }
    }),
  );
  t.end();
});
