// The reactor's loop alone, with a chosen number of starts a turn: no second thread, no messages, no promises. All
// commands of a round are there from the beginning.
import { monotonicMs } from '../../src/clock.ts';
import type { Attempt } from '../../src/reactor/attempt.ts';
import { Poller } from '../../src/reactor/poller.ts';
import { SHARED, sharedSize } from '../../src/reactor/protocol.ts';
import { Reactor } from '../../src/reactor/reactor.ts';
import { Sockets } from '../../src/reactor/sockets.ts';
import { CommandWriter } from '../../src/reactor/wire/commands.ts';
import { readResults } from '../../src/reactor/wire/results.ts';
import { loopback, seenOf, TIMEOUT_MS } from './attempts.ts';
import { answerLoads } from './load-process.ts';
import { Tally } from './tally.ts';

export interface TurnLoad {
  readonly port: number;
  readonly checks: number;
  readonly startsATurn: number;
}

const MAX_IN_FLIGHT = 4096;

function run({ port, checks, startsATurn }: TurnLoad) {
  const poller = new Poller();
  const shared = new Int32Array(sharedSize(MAX_IN_FLIGHT));
  const sockets = new Sockets<Attempt>(poller, shared);
  const inbox = commands(port, checks);
  const tally = new Tally(checks, 'open');
  const reactor = new Reactor({
    poller,
    sockets,
    shared,
    maxInFlight: MAX_IN_FLIGHT,
    startsATurn,
    receive: () => inbox.shift(),
    send: (results) =>
      readResults(
        results,
        (_slot, result) => tally.note(seenOf(result)),
        () => undefined,
      ),
  });
  shared[SHARED.wake] = 1;
  const begin = performance.now();
  while (tally.count < checks) reactor.turn();
  const report = tally.report((performance.now() - begin) / 1000);
  sockets.closeAll();
  poller.close();
  return Promise.resolve(report);
}

function commands(port: number, checks: number): ArrayBuffer[] {
  const writer = new CommandWriter();
  const batches: ArrayBuffer[] = [];
  const now = monotonicMs();
  const endpoint = { address: loopback, port };
  const options = {
    timeoutMs: TIMEOUT_MS,
    deadline: Infinity,
    handshake: 'half',
    caller: 0,
    request: 0,
    source: null,
  } as const;
  for (let slot = 0; slot < checks; slot++) {
    writer.start(slot, now, endpoint, options);
    if (writer.full || slot === checks - 1) batches.push(writer.take());
  }
  return batches;
}

answerLoads(
  (load) => run(load as TurnLoad),
  () => Promise.resolve(),
);
