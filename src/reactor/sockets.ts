// Every socket of the reactor, in use or idle. Nothing else opens or closes one.
// connect(AF_UNSPEC) makes a used socket ready for another connect: at once after a half-open handshake, after a full one
// when both sides have sent their FIN. It stays registered with epoll meanwhile. The next attempt then needs no socket(2),
// close(2) and epoll_ctl(2), which makes a check cheaper than C's plain loop.
// Each has a row in a table and a generation; both are in epoll's data, so that an event of a socket that is gone, or
// of the descriptor's former owner, finds nobody. The table's descriptors stand in shared memory too, for whoever has to
// close them when this thread cannot.
import { EMFILE, EPOLLERR } from '../../native-bindings/linux.ts';
import { SystemCallError } from '../../native-bindings/syscall.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import { disconnect, isClosed, type HeldSocket, type Use } from './held-socket.ts';
import { IdleSockets } from './idle-sockets.ts';
import type { Poller } from './poller.ts';
import { MAX_IDLE_SOCKETS, SHARED } from './protocol.ts';

/** How long sockets that no attempt uses stay open after the last attempt's end. */
export const IDLE_MS = 1000;
/** Discarded sockets that are closed in one turn. */
const SWEPT_AT_ONCE = 64;

/** `Holder` is whoever uses a socket: it is given with `acquire`, and found again by an event. */
export class Sockets<Holder> {
  readonly #poller: Pick<Poller, 'watch' | 'unwatch'>;
  readonly #shared: Int32Array;
  readonly #open: (family: 4 | 6) => TcpSocket;
  readonly #capacity: number;
  readonly #table: (HeldSocket<Holder> | null)[] = [];
  readonly #freeIndexes: number[] = [];
  readonly #idle = new IdleSockets<Holder>();
  /** Connections that were ended with FIN, the oldest first. */
  readonly #ending = new Set<HeldSocket<Holder>>();
  readonly #discarded: HeldSocket<Holder>[] = [];
  /** Rows of sockets that were handed over. Each is free again when the main thread has emptied its shared word. */
  #handedOver: number[] = [];
  #generation = 0;
  /** When a socket was last given back. */
  #usedAt = 0;

  /** `capacity`: how many may be open, with an attempt or without one. */
  constructor(
    poller: Pick<Poller, 'watch' | 'unwatch'>,
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

  /** When those without an attempt are to be closed, in monotonic milliseconds; Infinity when there are none. */
  get trimAt(): number {
    return this.idle > 0 ? this.#usedAt + IDLE_MS : Infinity;
  }

  /** An attempt has given back its socket, if it had one: those without an attempt stay open from `now` on for IDLE_MS. */
  noteUse(now: number): void {
    this.#usedAt = now;
  }

  /** A socket for `holder`: an idle one of the same use, else a new one. Throws SystemCallError. */
  acquire(family: 4 | 6, use: Use, holder: Holder): HeldSocket<Holder> {
    const held = (use === null ? undefined : this.#idle.take(family, use)) ?? this.#create(family, use);
    held.holder = holder;
    return held;
  }

  /** Registers the socket, once, and only after its connect(2): a socket that never connected reports EPOLLHUP. */
  watch(held: HeldSocket<Holder>): void {
    if (held.watched) return;
    this.#poller.watch(held.tcp.fd, held.index, held.generation);
    held.watched = true;
  }

  /** The attempt that an event is about; null when its socket is idle or gone. */
  holder(index: number, generation: number): Holder | null {
    const held = this.#table[index];
    return held?.generation === generation ? held.holder : null;
  }

  /** Takes back a socket whose attempt ended cleanly: keeps it if it can be used again, else resets it. */
  keep(held: HeldSocket<Holder>): void {
    held.holder = null;
    const { use } = held;
    if (use === null || !held.watched || this.#idle.size === MAX_IDLE_SOCKETS || !disconnect(held)) this.reset(held);
    else this.#idle.put(held, use);
  }

  /**
   * Ends a connection with FIN. Its socket waits for the peer's FIN, though no longer than until attempts need its room or
   * `trim` comes: a greeting of the peer's that meets a closed socket, or lies unread in one that is closed, is answered
   * with RST (RFC 1122, 4.2.2.13).
   */
  finish(held: HeldSocket<Holder>): void {
    held.holder = null;
    held.tcp.finish();
    this.#ending.add(held);
  }

  /**
   * Events came for a socket without an attempt. When both sides have ended the connection, the socket can be used again;
   * with an error it is closed, because the next attempt would take what the error queue holds for its own.
   */
  noticeEnd(index: number, generation: number, events: number): void {
    const held = this.#table[index];
    if (held?.generation !== generation || !this.#ending.has(held) || !isClosed(held)) return;
    this.#ending.delete(held);
    if ((events & EPOLLERR) === 0) this.keep(held);
    else this.close(held);
  }

  /**
   * Leaves a socket to the next `sweep`. When thousands of attempts expire at once, closing their sockets takes longer than
   * reporting them, and the last caller should not wait for that.
   */
  discard(held: HeldSocket<Holder>): void {
    held.holder = null;
    this.#discarded.push(held);
  }

  /**
   * Leaves a connected socket to the main thread, which takes it by exchanging its shared word for 0. Until then the word
   * stands: whoever dies in between, the descriptor is closed with the others of this table. Throws SystemCallError, and
   * then nothing has changed hands.
   */
  handOver(held: HeldSocket<Holder>): void {
    held.tcp.forgetIcmpErrors();
    this.#poller.unwatch(held.tcp.fd);
    held.holder = null;
    this.#table[held.index] = null;
    this.#handedOver.push(held.index);
  }

  /** Closes what was discarded, so much that other attempts do not wait for it. Whether nothing is left. */
  sweep(most = SWEPT_AT_ONCE): boolean {
    const isMuch = this.#discarded.length > most;
    if (this.#discarded.length > 0) for (const held of this.#discarded.splice(-most)) this.reset(held);
    return !isMuch;
  }

  /** Closes a socket, with FIN where it is connected. */
  close(held: HeldSocket<Holder>): void {
    this.#forget(held);
    held.tcp.close();
  }

  /** Closes a socket, with RST where it is connected. */
  reset(held: HeldSocket<Holder>): void {
    this.#forget(held);
    held.tcp.reset();
  }

  /** Closes those that no attempt uses. */
  trim(): void {
    while (this.#closeUnused()) continue;
  }

  /** Closes every socket. */
  closeAll(): void {
    this.sweep(Infinity);
    this.trim();
    for (const held of this.#table) if (held !== null) this.reset(held);
  }

  #create(family: 4 | 6, use: Use): HeldSocket<Holder> {
    if (this.#handedOver.length > 0 && this.#freeIndexes.length === 0) this.#reclaim();
    this.#makeRoom();
    const index = this.#freeIndexes.at(-1) ?? this.#table.length;
    // The main thread is behind with what was handed over, and a socket without a word would be lost with this thread.
    if (SHARED.sockets + index >= this.#shared.length) throw new SystemCallError('socket', EMFILE);
    const tcp = this.#open(family);
    this.#freeIndexes.pop();
    this.#generation = (this.#generation + 1) >>> 0;
    const held: HeldSocket<Holder> = { index, generation: this.#generation, tcp, use, holder: null, watched: false };
    this.#table[index] = held;
    this.#shared[SHARED.sockets + index] = tcp.fd + 1;
    return held;
  }

  /** Closes a socket without an attempt when the table is full: the descriptors above `capacity` are kept for HTTP. */
  #makeRoom(): void {
    const isFull = (): boolean => this.#table.length - this.#freeIndexes.length >= this.#capacity;
    if (isFull()) this.sweep();
    if (isFull()) this.#closeUnused();
  }

  /** Closes a socket that no attempt uses, the oldest of the ending ones first. False when there is none. */
  #closeUnused(): boolean {
    const [oldestEnding] = this.#ending;
    const unused = oldestEnding ?? this.#idle.takeAny();
    if (unused === undefined) return false;
    this.#ending.delete(unused);
    this.close(unused);
    return true;
  }

  /** Rows whose sockets the main thread has taken are free again. */
  #reclaim(): void {
    const untaken: number[] = [];
    for (const index of this.#handedOver) {
      const isTaken = Atomics.load(this.#shared, SHARED.sockets + index) === 0;
      (isTaken ? this.#freeIndexes : untaken).push(index);
    }
    this.#handedOver = untaken;
  }

  /** Clears the shared word before the descriptor is closed: a second close could hit the descriptor's next owner. */
  #forget(held: HeldSocket<Holder>): void {
    held.holder = null;
    this.#table[held.index] = null;
    this.#freeIndexes.push(held.index);
    this.#shared[SHARED.sockets + held.index] = 0;
  }
}
