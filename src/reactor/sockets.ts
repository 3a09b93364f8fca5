// Every socket of the reactor, in use or idle: the one place that opens them, and the one that closes them.
// An idle socket stays registered with epoll; connect(AF_UNSPEC) has made it ready for another connect: at once after a
// half-open handshake, after a full one when both sides have sent their FIN. That saves socket, close and epoll_ctl for an
// attempt, which is what makes a check cheaper than C's plain loop.
// Each has a place in a table and a generation; both are in epoll's data, so that an event of a socket that is gone, or
// of the descriptor's former owner, finds nobody. The table's descriptors stand in shared memory too, for whoever has to
// close them when this thread cannot.
import { EPOLLERR, TCP_CLOSE } from '../../native-bindings/linux.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { Attempt } from './attempt.ts';
import type { Poller } from './poller.ts';
import { IdleSockets } from './idle-sockets.ts';
import { MAX_IDLE_SOCKETS, SHARED } from './protocol.ts';

/** How long sockets that no attempt uses stay open after the last work. */
export const IDLE_MS = 1000;

/** The handshake that a socket's options are set for; null when it is bound to a source, and so good for one attempt. */
export type Use = 'half' | 'full' | null;

/** A socket in its place of the table. */
export interface Held {
  readonly place: number;
  readonly generation: number;
  readonly tcp: TcpSocket;
  readonly use: Use;
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
  readonly #idle = new IdleSockets();
  /** Connections that were ended with FIN, the oldest first. */
  readonly #ending = new Set<Held>();
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
    return this.#idle.size + this.#ending.size;
  }

  /** A socket for `attempt`: an idle one of the same use, else a new one. Throws SystemCallError. */
  acquire(family: 4 | 6, use: Use, attempt: Attempt): Held {
    const held = (use === null ? undefined : this.#idle.take(family, use)) ?? this.#create(family, use);
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

  /** Takes back a socket whose attempt ended cleanly: for the next one where it can be had ready, else it is closed. */
  keep(held: Held): void {
    held.holder = null;
    const { use } = held;
    if (use === null || !held.watched || this.#idle.size === MAX_IDLE_SOCKETS || !disconnected(held)) this.reset(held);
    else this.#idle.put(held, use);
  }

  /**
   * Ends a connection with FIN. Its socket waits for the peer's FIN, though no longer than until attempts need its room or
   * `trim` comes: a greeting of the peer's that meets a closed socket, or lies unread in one that is closed, is answered
   * with RST (RFC 1122, 4.2.2.13).
   */
  finish(held: Held): void {
    held.holder = null;
    held.tcp.finish();
    this.#ending.add(held);
  }

  /**
   * Events came for a socket without an attempt. A connection that both sides have ended leaves its socket as good as new,
   * unless there is an error: what the error queue holds would be taken for the next attempt's.
   */
  noticeEnd(place: number, generation: number, events: number): void {
    const held = this.#table[place];
    if (held?.generation !== generation || !this.#ending.has(held) || !isClosed(held)) return;
    this.#ending.delete(held);
    if ((events & EPOLLERR) === 0) this.keep(held);
    else this.close(held);
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
    while (this.#closeOldest()) continue;
  }

  /** Closes every socket. */
  closeAll(): void {
    this.sweep();
    this.trim();
    for (const held of this.#table) if (held !== null) this.reset(held);
  }

  #create(family: 4 | 6, use: Use): Held {
    this.#makeRoom();
    const tcp = this.#open(family);
    const place = this.#free.pop() ?? this.#table.length;
    this.#generation = (this.#generation + 1) >>> 0;
    const held: Held = { place, generation: this.#generation, tcp, use, holder: null, watched: false };
    this.#table[place] = held;
    this.#shared[SHARED.sockets + place] = tcp.fd + 1;
    return held;
  }

  /** Sockets without an attempt give way to one with: what is kept back for HTTP (descriptor-limit.ts) is not theirs. */
  #makeRoom(): void {
    const isFull = (): boolean => this.#table.length - this.#free.length >= this.#capacity;
    if (isFull()) this.sweep();
    if (isFull()) this.#closeOldest();
  }

  /** Closes a socket that no attempt uses, an ending one first. False when there is none. */
  #closeOldest(): boolean {
    const [ending] = this.#ending;
    const oldest = ending ?? this.#idle.takeOldest();
    if (oldest === undefined) return false;
    this.#ending.delete(oldest);
    this.close(oldest);
    return true;
  }

  /** The shared word goes first: a descriptor that is closed twice may by then be somebody else's. */
  #forget(held: Held): void {
    held.holder = null;
    this.#table[held.place] = null;
    this.#free.push(held.place);
    this.#shared[SHARED.sockets + held.place] = 0;
  }
}

/** Whether the connection is over on both sides. Where nobody can tell, it is not. */
function isClosed({ tcp }: Held): boolean {
  try {
    return tcp.readInfo().state === TCP_CLOSE;
  } catch {
    return false;
  }
}

/** Whether the socket could be made ready for another connect. */
function disconnected({ tcp }: Held): boolean {
  try {
    tcp.disconnect();
    return true;
  } catch {
    return false;
  }
}
