// How large the worker's heap is, seen from outside: the worker blocks in epoll_wait and answers to nothing but its
// inbox. Loaded with --import, this puts itself before receiveMessageOnPort on worker threads; when it was asked, the
// next command that arrives is preceded by a collection and a reading.
import { setTimeout as sleep } from 'node:timers/promises';
import workerThreads, { getEnvironmentData, isMainThread } from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';

/** Under this key of the environment data stands the memory that both threads see: [asked, bytes]. */
export const WITNESS = 'heap-witness';
export const witnessMemory = new Float64Array(new SharedArrayBuffer(16));

/** Live bytes of the worker's heap, after `wake` has made the worker look into its inbox. */
export async function askWitness(wake: () => Promise<unknown>): Promise<number> {
  witnessMemory[0] = 1;
  await wake();
  while (witnessMemory[0] === 1) await sleep(1);
  return witnessMemory[1] ?? NaN;
}

if (!isMainThread) {
  const memory = getEnvironmentData(WITNESS) as Float64Array;
  const { receiveMessageOnPort } = workerThreads;
  workerThreads.receiveMessageOnPort = (port) => {
    if (memory[0] === 1) {
      globalThis.gc?.();
      memory[1] = process.memoryUsage().heapUsed;
      memory[0] = 0;
    }
    return receiveMessageOnPort(port);
  };
  syncBuiltinESMExports();
}
