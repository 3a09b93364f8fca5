// Sockets that wait for their next attempt: disconnected, still registered with epoll, with the options of their use.
import type { HeldSocket, Use } from './held-socket.ts';

type Reuse = Exclude<Use, null>;

export class IdleSockets<Holder> {
  readonly #pools: Readonly<Record<4 | 6, Readonly<Record<Reuse, HeldSocket<Holder>[]>>>> = {
    4: { half: [], full: [] },
    6: { half: [], full: [] },
  };

  get size(): number {
    const { 4: ipv4, 6: ipv6 } = this.#pools;
    return ipv4.half.length + ipv4.full.length + ipv6.half.length + ipv6.full.length;
  }

  put(held: HeldSocket<Holder>, use: Reuse): void {
    this.#pools[held.tcp.family][use].push(held);
  }

  /** The socket for `use` that was put here last, if there is one. */
  take(family: 4 | 6, use: Reuse): HeldSocket<Holder> | undefined {
    return this.#pools[family][use].pop();
  }

  /** Any socket, for a caller that needs its room; undefined when there is none. */
  takeAny(): HeldSocket<Holder> | undefined {
    const { 4: ipv4, 6: ipv6 } = this.#pools;
    return ipv4.half.shift() ?? ipv4.full.shift() ?? ipv6.half.shift() ?? ipv6.full.shift();
  }
}
