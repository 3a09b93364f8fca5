// A kernel that does what the test says: sockets with scripted facts and an epoll that raises scripted events. It stands
// in for TcpSocket and Poller, so that the reactor meets what no real kernel produces on demand. It is as strict as the
// real one, and louder: a call on a closed socket, or a second close, is an error in the test.
import { constants } from 'node:os';
import { SystemCallError } from '../../native-bindings/syscall.ts';
import type { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import { FakeSocket, SYN_SENT, type FakeCall } from './fake-socket.ts';

export type ErrnoName = keyof typeof constants.errno;

const SYSCALL_OF: Partial<Record<FakeCall, string>> = {
  open: 'socket',
  watch: 'epoll_ctl',
  takeError: 'getsockopt',
  readInfo: 'getsockopt',
  isSelfConnected: 'getsockname',
  halveHandshakes: 'setsockopt',
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
    unwatch: (): void => undefined,
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
