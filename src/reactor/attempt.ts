// One connect(2): from the command that asks for it to the one result that answers it. An attempt belongs to a slot, and
// each start of that slot uses it again. Only `end` and `putOff` take it out of flight and give its socket back.
import {
  ECONNREFUSED,
  EINPROGRESS,
  EINTR,
  EPOLLERR,
  EPOLLHUP,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from '../../native-bindings/linux.ts';
import { SystemCallError } from '../../native-bindings/syscall.ts';
import type { TcpInfo } from '../../native-bindings/tcp-socket.ts';
import type { IcmpError } from '../../native-bindings/error-queue.ts';
import { monotonicMs } from '../clock.ts';
import { writeEvidence } from './evidence.ts';
import type { Outbox } from './outbox.ts';
import { prepare, useOf } from './preparation.ts';
import type { Ending, Syscall } from './protocol.ts';
import type { HeldSocket } from './held-socket.ts';
import type { Queued } from '../callers/turns.ts';
import type { Sockets } from './sockets.ts';
import { Commands } from './wire/commands.ts';
import type { ResultWriter } from './wire/results.ts';

/** idle: no command. queued: waits for a place in flight. waiting: tries again in a moment. in-flight: connecting. */
export type AttemptState = 'idle' | 'queued' | 'waiting' | 'in-flight';

/** The endings that a connect comes to by itself. */
type Ended = Extract<Ending, 'established' | 'handed-over' | 'self-connected' | 'error'>;

const NOTHING = new Commands(new ArrayBuffer(0));

export class Attempt implements Queued<Attempt> {
  readonly slot: number;
  state: AttemptState = 'idle';
  /** How often it was put off because this machine lacked something, such as descriptors or ports. */
  retries = 0;
  /** Whether it takes the express lane. */
  isExpress = false;
  /** Whether anybody hears what becomes of it; if not, nothing is read of it. */
  isHeard = true;
  /** The batch that the command came in. `end` lets go of it, because it keeps the whole batch in memory. */
  #commands = NOTHING;
  #index = 0;
  #full = false;
  #held: HeldSocket<Attempt> | null = null;
  /** The instant just before connect(2); 0 while there was none. */
  #startedAt = 0;
  #errno = 0;
  /** Whether the connect's end leaves nothing in the socket that the next attempt would see. */
  #clean = false;
  /** As last read; its fields change when another socket's are read. */
  #info: TcpInfo | null = null;
  #icmp: IcmpError | null = null;
  // The links of its line.
  line: Queued<Attempt>['line'] = null;
  ahead: Attempt | null = null;
  behind: Attempt | null = null;

  constructor(slot: number) {
    this.slot = slot;
  }

  accept(commands: Commands, index: number): void {
    this.#commands = commands;
    this.#index = index;
    this.isExpress = commands.isExpress(index);
    this.retries = 0;
    this.isHeard = true;
  }

  get caller(): number {
    return this.#commands.caller(this.#index);
  }

  get request(): number {
    return this.#commands.request(this.#index);
  }

  /** The instant at which it is given up wherever it stands, in monotonic milliseconds; Infinity for none. */
  get deadline(): number {
    return this.#commands.deadline(this.#index);
  }

  /** The instant at which it has been in flight for the whole of its timeout. Only in flight. */
  get expiry(): number {
    return this.#startedAt + this.#commands.timeoutMs(this.#index);
  }

  /** Writes the news of the start where its client wants it. Only in flight. */
  tellStart(outbox: Outbox): void {
    if (!this.#commands.tellsStart(this.#index)) return;
    outbox.stageStart(this.isExpress, this.#startedAt).started(this.slot, this.#startedAt);
  }

  /**
   * Opens or takes a socket and starts its connect. Throws SystemCallError where this machine lacks what that takes, or
   * where connect(2) itself knows that there is no way; `end` or `putOff` then gives the socket back.
   */
  start(sockets: Sockets<Attempt>): void {
    const commands = this.#commands;
    const index = this.#index;
    this.#full = commands.isFull(index);
    const held = sockets.acquire(commands.family(index), useOf(commands, index), this);
    this.#held = held;
    if (held.use === null) prepare(held.tcp, commands, index);
    if (!this.#full && !held.watched) held.tcp.halveHandshakes(); // A watched socket has had it since its first connect.
    this.#clean = false;
    this.#startedAt = monotonicMs();
    const errno = held.tcp.connect(commands.bytes, commands.addressOffset(index), commands.port(index));
    if (errno !== 0 && errno !== EINPROGRESS && errno !== EINTR) throw new SystemCallError('connect', errno);
    sockets.watch(held);
  }

  /**
   * How the attempt has ended, by the kernel's evidence; null when it has not. An event is a hint only: the facts come
   * from TCP_INFO, so a stale event of the socket's former connect settles nothing.
   * EPOLLERR is up whenever SO_ERROR is set or the error queue has an entry (tcp_poll), so without it there is no need
   * to ask. A segment beyond the SYN-ACK is the only trace of a connection to itself; only then are names compared (one
   * whose peer has closed has a peer). A connection that the client wants has left `sockets` then. Throws SystemCallError.
   */
  inspect(events: number, sockets: Sockets<Attempt>): Ended | null {
    const { tcp } = this.#socket();
    this.#info = tcp.readInfo();
    const { state, segsIn } = this.#info;
    const failed = (events & (EPOLLERR | EPOLLHUP)) !== 0;
    const established = state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT;
    if (!established || failed) this.#errno = tcp.takeError();
    if (established && this.#errno === 0) {
      if (state === TCP_ESTABLISHED && segsIn > 1 && tcp.isSelfConnected()) return 'self-connected';
      this.#clean = !failed;
      if (!this.#commands.handsOver(this.#index)) return 'established';
      sockets.handOver(this.#socket());
      return 'handed-over';
    }
    this.#icmp = tcp.takeIcmpError();
    // An RST alone leaves nothing behind; connect(AF_UNSPEC) would not empty the error queue for the next attempt.
    this.#clean = this.#errno === ECONNREFUSED && this.#icmp === null;
    if (segsIn > 0 && this.#errno === ECONNREFUSED) this.#icmp = null; // The RST ended the connect, not the ICMP error.
    // An ICMP error that came while connect(2) held the socket's lock is in the queue alone.
    if (this.#errno === 0) this.#errno = this.#icmp?.errno ?? 0;
    return this.#errno === 0 && (state === TCP_SYN_SENT || state === TCP_SYN_RECV) ? null : 'error';
  }

  /**
   * Writes the result, gives the socket back and makes the attempt idle. `failure`: the system call that failed, for a
   * local error; null otherwise. `now` is in monotonic milliseconds.
   */
  end(
    ending: Ending,
    failure: SystemCallError | null,
    now: number,
    results: ResultWriter,
    sockets: Sockets<Attempt>,
  ): void {
    const startedAt = this.#startedAt;
    const queuedMs = (startedAt > 0 ? startedAt : now) - this.#commands.acceptedAt(this.#index);
    results.result(this.slot, ending, startedAt > 0 ? now - startedAt : -1, Math.max(0, queuedMs), startedAt);
    if (this.#errno !== 0) results.error(this.#errno, null);
    if (failure !== null) results.error(failure.errno, failure.syscall as Syscall);
    if (startedAt > 0 && this.isHeard) writeEvidence(results, ending, this.#socket(), this.#info, this.#icmp);
    this.#release(ending, sockets);
    this.#commands = NOTHING;
    this.#icmp = null;
    this.state = 'idle';
  }

  /** Gives up this start and its socket; the attempt starts again in a moment. */
  putOff(sockets: Sockets<Attempt>): void {
    if (this.#held !== null) sockets.reset(this.#held);
    this.#held = null;
    this.#startedAt = 0;
    this.#errno = 0;
    this.retries++;
    this.state = 'waiting';
  }

  /** A half-open handshake ends with RST, a full one with FIN. Only a clean end leaves a socket that may be used again. */
  #release(ending: Ending, sockets: Sockets<Attempt>): void {
    const held = this.#held;
    this.#held = null;
    this.#startedAt = 0;
    if (held === null || ending === 'handed-over') return;
    this.#errno = 0;
    if (this.#full && ending === 'established') sockets.finish(held);
    else if (ending === 'expired' || ending === 'cut-short' || ending === 'cancelled') sockets.discard(held);
    else if (this.#clean) sockets.keep(held);
    else sockets.reset(held);
  }

  #socket(): HeldSocket<Attempt> {
    if (this.#held === null) throw new Error(`attempt ${this.slot} is ${this.state} and has no socket`);
    return this.#held;
  }
}
