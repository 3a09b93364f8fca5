// Every socket of the reactor, in use or idle: the one place that opens them, and the one that closes them.
// An idle socket stays registered with epoll; connect(AF_UNSPEC) has made it ready for another connect. That saves
// socket, close and epoll_ctl for an attempt, which is what makes a check cheaper than C's plain loop.
// Each has a place in a table and a generation; both are in epoll's data, so that an event of a socket that is gone, or
// of the descriptor's former owner, finds nobody. The table's descriptors stand in shared memory too, for whoever has to
// close them when this thread cannot.
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { Attempt } from './attempt.ts';
import type { Poller } from './poller.ts';
import { MAX_ENDING_SOCKETS, MAX_IDLE_SOCKETS, SHARED } from './protocol.ts';

/** How long sockets that no attempt uses stay open after the last work. */
export const IDLE_MS = 1000;

/** A socket in its place of the table. */
export interface Held {
  readonly place: number;
  readonly generation: number;
  readonly tcp: TcpSocket;
  holder: Attempt | null;
  watched: boolean;
}

export class Sockets {
  readonly #poller: Pick<Poller, 'watch'>;
  readonly #shared: Int32Array;
  readonly #open: (family: 4 | 6) => TcpSocket;
  readonly #capacity: number;
  readonly #table: (Held | null)[] = [];
  readonly #free: number[] = [];
  readonly #idle: { readonly 4: Held[]; readonly 6: Held[] } = { 4: [], 6: [] };
  /** Connections that were ended with FIN, the oldest first. */
  readonly #ending: Held[] = [];
  readonly #discarded: Held[] = [];
  #generation = 0;

  /** `capacity`: how many may be open, with an attempt or without one. */
  constructor(
    poller: Pick<Poller, 'watch'>,
    shared: Int32Array,
    open = (family: 4 | 6) => new TcpSocket(family),
    capacity = Infinity,
  ) {
    this.#poller = poller;
    this.#shared = shared;
    this.#open = open;
    this.#capacity = capacity;
  }

  /** How many are open without an attempt. */
  get idle(): number {
    return this.#reusable + this.#ending.length;
  }

  get #reusable(): number {
    return this.#idle[4].length + this.#idle[6].length;
  }

  /** A socket for `attempt`: an idle one where `reuse` allows it, else a new one. Throws SystemCallError. */
  acquire(family: 4 | 6, reuse: boolean, attempt: Attempt): Held {
    const held = (reuse ? this.#idle[family].pop() : undefined) ?? this.#create(family);
    held.holder = attempt;
    return held;
  }

  /** Registers the socket, once, and only after its connect(2): a socket that never connected reports EPOLLHUP. */
  watch(held: Held): void {
    if (held.watched) return;
    this.#poller.watch(held.tcp.fd, held.place, held.generation);
    held.watched = true;
  }

  /** The attempt that an event is about; null when its socket is idle or gone. */
  holder(place: number, generation: number): Attempt | null {
    const held = this.#table[place];
    return held?.generation === generation ? held.holder : null;
  }

  /** Takes back a disconnected socket for the next attempt, or closes it where enough are idle. */
  keep(held: Held): void {
    held.holder = null;
    const idle = this.#idle[held.tcp.family];
    if (held.watched && this.#reusable < MAX_IDLE_SOCKETS) idle.push(held);
    else this.close(held);
  }

  /**
   * Ends a connection with FIN, and closes its socket only when younger ones need the room or `trim` comes. A greeting of
   * the peer's that meets a closed socket, or lies unread in one that is closed, is answered with RST (RFC 1122, 4.2.2.13).
   */
  finish(held: Held): void {
    held.holder = null;
    held.tcp.finish();
    const oldest = this.#ending.length < MAX_ENDING_SOCKETS ? undefined : this.#ending.shift();
    if (oldest !== undefined) this.close(oldest);
    this.#ending.push(held);
  }

  /**
   * Leaves a socket to the next `sweep`. When thousands of attempts expire at once, to close their sockets takes longer
   * than to tell of them, and the last caller should not wait for that.
   */
  discard(held: Held): void {
    held.holder = null;
    this.#discarded.push(held);
  }

  /** Closes what was discarded. */
  sweep(): void {
    if (this.#discarded.length === 0) return;
    for (const held of this.#discarded.splice(0)) this.reset(held);
  }

  /** Closes a socket, with FIN where it is connected. */
  close(held: Held): void {
    this.#forget(held);
    held.tcp.close();
  }

  /** Closes a socket, with RST where it is connected. */
  reset(held: Held): void {
    this.#forget(held);
    held.tcp.reset();
  }

  /** Closes those that no attempt uses. */
  trim(): void {
    for (const idle of [this.#idle[4], this.#idle[6], this.#ending]) {
      for (const held of idle.splice(0)) this.close(held);
    }
  }

  /** Closes every socket. */
  closeAll(): void {
    this.sweep();
    this.trim();
    for (const held of this.#table) if (held !== null) this.reset(held);
  }

  #create(family: 4 | 6): Held {
    this.#makeRoom();
    const tcp = this.#open(family);
    const place = this.#free.pop() ?? this.#table.length;
    this.#generation = (this.#generation + 1) >>> 0;
    const held: Held = { place, generation: this.#generation, tcp, holder: null, watched: false };
    this.#table[place] = held;
    this.#shared[SHARED.sockets + place] = tcp.fd + 1;
    return held;
  }

  /** Sockets without an attempt give way to one with: what is kept back for HTTP (descriptor-limit.ts) is not theirs. */
  #makeRoom(): void {
    const isFull = (): boolean => this.#table.length - this.#free.length >= this.#capacity;
    if (isFull()) this.sweep();
    const oldest = isFull() ? (this.#ending.shift() ?? this.#idle[4].shift() ?? this.#idle[6].shift()) : undefined;
    if (oldest !== undefined) this.close(oldest);
  }

  /** The shared word goes first: a descriptor that is closed twice may by then be somebody else's. */
  #forget(held: Held): void {
    held.holder = null;
    this.#table[held.place] = null;
    this.#free.push(held.place);
    this.#shared[SHARED.sockets + held.place] = 0;
  }
}
