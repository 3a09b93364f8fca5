// A process that holds a reactor client, as main.ts does, and ends in the way that its first argument says. It writes
// the number of the reactor's epoll descriptor to standard output when it is ready; with "idle" it stays until its
// standard input ends.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReactorClient } from '../../src/reactor/client.ts';
import { SHARED } from '../../src/reactor/protocol.ts';
import { loopback } from './raw-sockets.ts';

const [way = 'idle', silentPort = '0'] = process.argv.slice(2);

const memories = watchSharedMemory();
const starting = new ReactorClient({ maxInFlight: 64 }).start();
const shared = new Int32Array(memories[0] ?? new SharedArrayBuffer(0));

if (way === 'exit during start') exitBeforeReadyIsHeard();

const client = await starting;
process.on('exit', () => client.destroy());

if (way !== 'idle') {
  // The worker is blocked in its wait, for far longer than a second.
  const options = {
    timeoutMs: 60_000,
    deadline: Infinity,
    handshake: 'half',
    caller: 1,
    request: 1,
    source: null,
  } as const;
  for (let i = 0; i < 10; i++) void client.attempt(loopback(Number(silentPort)), options);
  while (client.inFlight < 10) await sleep(5);
}
sayReady();

switch (way) {
  case 'process.exit()':
    process.exit(0);
  // eslint-disable-next-line no-fallthrough -- it does not fall through.
  case 'an uncaught exception':
    throw new Error('as asked');
  case 'an unhandled rejection':
    void Promise.reject(new Error('as asked'));
    break;
  case 'close()':
    await client.close(0);
    break;
  case 'SIGINT with a handler':
    process.on('SIGINT', () => process.exit(0));
    process.kill(process.pid, 'SIGINT');
    break;
  case 'SIGTERM by default':
    process.kill(process.pid, 'SIGTERM');
    break;
  default:
    process.stdin.on('end', () => process.exit(0)).resume();
}

/**
 * This thread is busy until the worker waits, and then ends the process: that the worker is ready is never heard. The
 * memory that the two share tells the moment.
 */
function exitBeforeReadyIsHeard(): never {
  for (let tries = 0; epollFd() < 0 && tries < 2000; tries++) block(10);
  block(200);
  sayReady();
  process.exit(0);
}

/** The shared memories that are made from now on. */
function watchSharedMemory(): SharedArrayBuffer[] {
  const made: SharedArrayBuffer[] = [];
  globalThis.SharedArrayBuffer = class extends SharedArrayBuffer {
    constructor(length: number) {
      super(length);
      made.push(this);
    }
  } as SharedArrayBufferConstructor;
  return made;
}

function epollFd(): number {
  return Atomics.load(shared, SHARED.descriptors) - 1;
}

/** Written at once, whatever becomes of the process. */
function sayReady(): void {
  writeSync(1, `${epollFd()}\n`);
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
