// The worker thread's entry, nothing more: it puts the reactor together, says that it is ready, and turns until the stop
// flag is up. It closes its sockets; epoll and the eventfd are closed by the main thread, which may be writing to the
// eventfd at this very moment.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { proveEpollLayout } from '../../native-bindings/layout.ts';
import { monotonicMs } from '../clock.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Attempt } from './attempt.ts';
import { Poller } from './poller.ts';
import { placesFor, READY, SHARED } from './protocol.ts';
import type { WorkerData } from './protocol.ts';
import { Reactor } from './reactor.ts';
import { Sockets } from './sockets.ts';
import { countOf } from './wire/results.ts';
import { notePosted } from './wire/unread.ts';

/** The part of a second's connects that may be started at once. The loop sleeps in whole milliseconds: less would starve it. */
const BURST = 0.01;

if (parentPort === null) throw new Error('worker.ts runs on a worker thread');
const port = parentPort;
const { shared: memory, maxInFlight, connectRate } = workerData as WorkerData;
const shared = new Int32Array(memory);

proveEpollLayout();
const poller = new Poller();
Atomics.store(shared, SHARED.descriptors, poller.epollFd + 1);
Atomics.store(shared, SHARED.eventfd, poller.wakeFd + 1);
const sockets = new Sockets<Attempt>(poller, shared, undefined, placesFor(maxInFlight));
const reactor = new Reactor({
  poller,
  sockets,
  shared,
  maxInFlight,
  connectRate: connectRate === 0 ? null : new TokenBucket(connectRate, Math.max(1, connectRate * BURST), monotonicMs()),
  receive: () => receiveMessageOnPort(port)?.message as ArrayBuffer | undefined,
  send: (results) => {
    notePosted(shared, countOf(results));
    port.postMessage(results, [results]);
  },
});

port.postMessage(READY);
try {
  reactor.run();
} finally {
  sockets.closeAll();
}
