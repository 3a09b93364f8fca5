// Sockets that wait for their next attempt: disconnected, still registered with epoll, with the options of their use.
import type { Held, Use } from './sockets.ts';

type Reuse = Exclude<Use, null>;

export class IdleSockets {
  readonly #pools: Readonly<Record<4 | 6, Readonly<Record<Reuse, Held[]>>>> = {
    4: { half: [], full: [] },
    6: { half: [], full: [] },
  };

  get size(): number {
    const { 4: ipv4, 6: ipv6 } = this.#pools;
    return ipv4.half.length + ipv4.full.length + ipv6.half.length + ipv6.full.length;
  }

  put(held: Held, use: Reuse): void {
    this.#pools[held.tcp.family][use].push(held);
  }

  /** The one that was put here last, if there is one for `use`. */
  take(family: 4 | 6, use: Reuse): Held | undefined {
    return this.#pools[family][use].pop();
  }

  /** One that has been here longest, of whatever pool is not empty. */
  takeOldest(): Held | undefined {
    const { 4: ipv4, 6: ipv6 } = this.#pools;
    return ipv4.half.shift() ?? ipv4.full.shift() ?? ipv6.half.shift() ?? ipv6.full.shift();
  }
}
