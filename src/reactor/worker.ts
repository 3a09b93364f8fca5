// The worker thread's entry, nothing more: it puts the reactor together, says that it is ready, and turns until the stop
// flag is up. It closes its sockets; epoll and the eventfd are closed by the main thread, which may be writing to the
// eventfd at this very moment.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { proveEpollLayout } from '../../native-bindings/layout.ts';
import { Poller } from './poller.ts';
import { SHARED } from './protocol.ts';
import type { Ready, WorkerData } from './protocol.ts';
import { Reactor } from './reactor.ts';
import { Sockets } from './sockets.ts';

if (parentPort === null) throw new Error('worker.ts runs on a worker thread');
const port = parentPort;
const { shared: memory, maxInFlight } = workerData as WorkerData;
const shared = new Int32Array(memory);

proveEpollLayout();
const poller = new Poller();
shared[SHARED.descriptors] = poller.epollFd + 1;
shared[SHARED.descriptors + 1] = poller.wakeFd + 1;
const sockets = new Sockets(poller, shared);
const reactor = new Reactor({
  poller,
  sockets,
  shared,
  maxInFlight,
  receive: () => receiveMessageOnPort(port)?.message as ArrayBuffer | undefined,
  send: (results) => port.postMessage(results, [results]),
});

const ready: Ready = { wakeFd: poller.wakeFd };
port.postMessage(ready);
try {
  reactor.run();
} finally {
  sockets.closeAll();
}
