// The reactor's table of sockets on a fake kernel, without a reactor.
import type { HeldSocket } from '../../src/reactor/held-socket.ts';
import { SHARED, sharedSize } from '../../src/reactor/protocol.ts';
import { Sockets } from '../../src/reactor/sockets.ts';
import { FakeKernel } from './fake-kernel.ts';

export interface SocketTable {
  readonly kernel: FakeKernel;
  readonly sockets: Sockets<Holder>;
  /** Descriptors in shared memory, by row. */
  readonly shared: () => number[];
}

export function socketTable(maxInFlight = 8, capacity = Infinity): SocketTable {
  const kernel = new FakeKernel();
  const words = new Int32Array(new SharedArrayBuffer(sharedSize(maxInFlight)));
  const shared = (): number[] =>
    [...words.subarray(SHARED.sockets)].filter((word) => word !== 0).map((word) => word - 1);
  return { kernel, sockets: new Sockets<Holder>(kernel.poller, words, kernel.open, capacity), shared };
}

/** What uses a socket is nothing to the table. */
export interface Holder {
  readonly name: string;
}

export const attempt: Holder = { name: 'an attempt' };

/** A socket in use, and watched. */
export function used(sockets: Sockets<Holder>, family: 4 | 6 = 4): HeldSocket<Holder> {
  const held = sockets.acquire(family, 'half', attempt);
  sockets.watch(held);
  return held;
}
