// A kernel that does what the test says: sockets with scripted facts and an epoll that raises scripted events. It stands
// in for TcpSocket and Poller, so that the reactor meets what no real kernel produces on demand. It is as strict as the
// real one, and louder: a call on a closed socket, or a second close, is an error in the test.
import { constants } from 'node:os';
import type { IcmpError } from '../../native-bindings/error-queue.ts';
import { EPOLLERR, EPOLLHUP, EPOLLOUT } from '../../native-bindings/linux.ts';
import type { SocketName } from '../../native-bindings/sockaddr.ts';
import { SystemCallError } from '../../native-bindings/syscall.ts';
import type { TcpInfo, TcpSocket } from '../../native-bindings/tcp-socket.ts';

const { EINPROGRESS, EINTR, ECONNREFUSED } = constants.errno;
export const ESTABLISHED = 1;
export const SYN_SENT = 2;
const FIN_WAIT = 5;
export const CLOSE = 7;
export const CLOSE_WAIT = 8;
/** Who sends an ICMP error, as error-queue.ts has it. */
export const ROUTER = { fromFamily: 4, from: Uint8Array.of(127, 0, 0, 9) } as const;

/** The methods of TcpSocket, and `watch` of Poller, that may be made to fail. */
type FakeCall = 'open' | 'watch' | Exclude<keyof TcpSocket, 'fd' | 'family'>;
export type ErrnoName = keyof typeof constants.errno;

const SYSCALL_OF: Partial<Record<FakeCall, string>> = {
  open: 'socket',
  watch: 'epoll_ctl',
  takeError: 'getsockopt',
  readInfo: 'getsockopt',
  isSelfConnected: 'getsockname',
  delayAck: 'setsockopt',
  bindInterface: 'setsockopt',
  bindAddress: 'bind',
  disconnect: 'connect',
};

interface RaisedEvent {
  readonly index: number;
  readonly generation: number;
  readonly events: number;
}

export class FakeKernel {
  /** Open sockets by descriptor. */
  readonly sockets = new Map<number, FakeSocket>();
  /** The timeout of each wait. */
  readonly waits: number[] = [];
  /** Called in each wait, with its timeout: the moment at which another thread may do something. */
  onWait: (timeoutMs: number) => void = () => undefined;
  opened = 0;
  /** What connect(2) returns next, EINPROGRESS when there is nothing here. */
  readonly connectReturns: number[] = [];
  readonly #faults: { readonly call: FakeCall; readonly code: ErrnoName }[] = [];
  #raised: RaisedEvent[] = [];
  #batch: RaisedEvent[] = [];

  /** For `Sockets`. */
  readonly open = (family: 4 | 6): TcpSocket => {
    this.fault('open');
    // As the real one does: the lowest number that is free, so that numbers are used again.
    let fd = 10;
    while (this.sockets.has(fd)) fd++;
    const socket = new FakeSocket(this, fd, family);
    this.sockets.set(fd, socket);
    this.opened++;
    return socket as unknown as TcpSocket;
  };

  /** For `Sockets` and `Reactor`. */
  readonly poller = {
    watch: (fd: number, index: number, generation: number): void => {
      this.fault('watch');
      this.socket(fd).registration = { index, generation };
    },
    wait: (timeoutMs: number): number => {
      this.waits.push(timeoutMs);
      this.onWait(timeoutMs);
      this.#batch = this.#raised.splice(0);
      return this.#batch.length;
    },
    dispatch: (count: number, ready: (index: number, generation: number, events: number) => void): void => {
      for (const { index, generation, events } of this.#batch.slice(0, count)) ready(index, generation, events);
    },
  };

  /** The next `times` of `call` fail with `code`. */
  failNext(call: FakeCall, code: ErrnoName, times = 1): void {
    for (let i = 0; i < times; i++) this.#faults.push({ call, code });
  }

  /** Throws what `failNext` has prepared for `call`. */
  fault(call: FakeCall): void {
    const index = this.#faults.findIndex((fault) => fault.call === call);
    const [fault] = index < 0 ? [] : this.#faults.splice(index, 1);
    if (fault !== undefined) throw new SystemCallError(SYSCALL_OF[call] ?? call, constants.errno[fault.code]);
  }

  /** Forgets the faults that have not come to pass. */
  heal(): void {
    this.#faults.length = 0;
  }

  /** The open socket of a descriptor; the only one that is open when there is no descriptor. */
  socket(fd?: number): FakeSocket {
    const found =
      fd === undefined && this.sockets.size === 1 ? [...this.sockets.values()][0] : this.sockets.get(fd ?? -1);
    if (found === undefined) throw new Error(`no open socket ${fd ?? ''} among ${[...this.sockets.keys()].join()}`);
    return found;
  }

  /** The sockets that are connecting, in the order in which they were opened. */
  get connecting(): FakeSocket[] {
    return [...this.sockets.values()].filter((socket) => socket.info.state === SYN_SENT);
  }

  /** The next wait returns these events. */
  raise(index: number, generation: number, events: number): void {
    this.#raised.push({ index, generation, events });
  }
}

const NO_INFO: TcpInfo = { state: CLOSE, rttUs: 0, totalRetrans: 0, segsOut: 0, segsIn: 0 };

/** Where every socket connects from. */
export const LOCAL_PORT = 40_000;

export class FakeSocket {
  readonly fd: number;
  readonly family: 4 | 6;
  readonly #kernel: FakeKernel;
  /** The calls since it was opened. */
  readonly calls: FakeCall[] = [];
  info: TcpInfo = NO_INFO;
  soError = 0;
  readonly errorQueue: IcmpError[] = [];
  isSelf = false;
  registration: { index: number; generation: number } | null = null;
  /** Where it last connected to. */
  port = 0;

  constructor(kernel: FakeKernel, fd: number, family: 4 | 6) {
    this.#kernel = kernel;
    this.fd = fd;
    this.family = family;
  }

  // What the far side and the kernel do.

  answer(rttUs = 100): void {
    this.info = { ...this.info, state: ESTABLISHED, rttUs, segsIn: 1 };
    this.raise(EPOLLOUT);
  }

  refuse(): void {
    this.info = { ...this.info, state: CLOSE, segsIn: 1 };
    this.soError = ECONNREFUSED;
    this.raise(EPOLLOUT | EPOLLERR | EPOLLHUP);
  }

  raise(events: number): void {
    if (this.registration === null) return;
    this.#kernel.raise(this.registration.index, this.registration.generation, events);
  }

  // TcpSocket.

  bindAddress(): void {
    this.#called('bindAddress');
  }

  bindInterface(): void {
    this.#called('bindInterface');
  }

  delayAck(): void {
    this.#called('delayAck');
  }

  connect(_bytes: Uint8Array, _offset: number, port: number): number {
    this.#called('connect');
    if (this.info.state !== CLOSE) throw new Error(`socket ${this.fd} connects again without disconnect()`);
    const returned = this.#kernel.connectReturns.shift() ?? EINPROGRESS;
    this.port = port;
    this.soError = 0;
    const isSent = [0, EINPROGRESS, EINTR].includes(returned);
    this.info = { ...NO_INFO, state: isSent ? SYN_SENT : CLOSE, segsOut: isSent ? 1 : 0 };
    return returned;
  }

  takeError(): number {
    this.#called('takeError');
    const taken = this.soError;
    this.soError = 0;
    return taken;
  }

  readInfo(): TcpInfo {
    this.#called('readInfo');
    return this.info;
  }

  takeIcmpError(): IcmpError | null {
    this.#called('takeIcmpError');
    return this.errorQueue.shift() ?? null;
  }

  localName(): SocketName {
    this.#called('localName');
    return { family: this.family, bytes: new Uint8Array(this.family === 4 ? 4 : 16).fill(7), port: LOCAL_PORT };
  }

  isSelfConnected(): boolean {
    this.#called('isSelfConnected');
    return this.isSelf;
  }

  disconnect(): void {
    this.#called('disconnect');
    this.info = NO_INFO;
  }

  finish(): void {
    this.#called('finish');
    this.info = { ...this.info, state: FIN_WAIT };
  }

  close(): void {
    this.#called('close');
    this.#kernel.sockets.delete(this.fd);
  }

  reset(): void {
    this.#called('reset');
    this.#kernel.sockets.delete(this.fd);
  }

  #called(call: FakeCall): void {
    if (this.#kernel.sockets.get(this.fd) !== this) throw new Error(`${call} on socket ${this.fd}, which is closed`);
    this.calls.push(call);
    this.#kernel.fault(call);
  }
}
