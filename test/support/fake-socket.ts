// A socket of the scripted kernel: its facts are what the test says. A call on a closed one is an error in the test.
import { constants } from 'node:os';
import type { IcmpError } from '../../native-bindings/error-queue.ts';
import type { SocketName } from '../../native-bindings/sockaddr.ts';
import { EPOLLERR, EPOLLHUP, EPOLLOUT } from '../../native-bindings/linux.ts';
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
export type FakeCall = 'open' | 'watch' | Exclude<keyof TcpSocket, 'fd' | 'family'>;

/** What a socket asks of the kernel that has it. */
interface KernelOfSocket {
  readonly sockets: Map<number, FakeSocket>;
  readonly connectReturns: number[];
  readonly fault: (call: FakeCall) => void;
  readonly raise: (index: number, generation: number, events: number) => void;
}

const NO_INFO: TcpInfo = { state: CLOSE, rttUs: 0, totalRetrans: 0, segsOut: 0, segsIn: 0 };

/** Where every socket connects from. */
export const LOCAL_PORT = 40_000;

export class FakeSocket {
  readonly fd: number;
  readonly family: 4 | 6;
  readonly #kernel: KernelOfSocket;
  /** The calls since it was opened. */
  readonly calls: FakeCall[] = [];
  info: TcpInfo = NO_INFO;
  soError = 0;
  readonly errorQueue: IcmpError[] = [];
  isSelf = false;
  registration: { index: number; generation: number } | null = null;
  /** Where it last connected to. */
  port = 0;

  constructor(kernel: KernelOfSocket, fd: number, family: 4 | 6) {
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

  bindPort(): void {
    this.#called('bindPort');
  }

  limitHops(): void {
    this.#called('limitHops');
  }

  bindInterface(): void {
    this.#called('bindInterface');
  }

  halveHandshakes(): void {
    this.#called('halveHandshakes');
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
