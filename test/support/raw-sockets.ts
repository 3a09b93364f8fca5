// Loopback sockets in the states that node:net does not offer: bound and not listening (a closed port that stays closed),
// listening and never accepting, and listening with a full queue, which is silence.
import koffi from 'koffi';
import type { Test } from 'tap';
import { Epoll } from '../../native-bindings/epoll.ts';
import { EPOLLOUT } from '../../native-bindings/linux.ts';
import { readSockaddr, SOCKADDR_SIZE, writeSockaddr } from '../../native-bindings/sockaddr.ts';
import * as sys from '../../native-bindings/syscall.ts';
import { must } from '../../native-bindings/syscall.ts';
import { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { Endpoint } from '../../src/reactor/protocol.ts';

type Family = 4 | 6;

const SHUT_RD = 0;

const listen = koffi.load(null).func('int listen(int, int)') as (fd: number, backlog: number) => number;

const shutdown = koffi.load(null).func('int shutdown(int, int)') as (fd: number, how: number) => number;

const LOOPBACK = {
  4: Uint8Array.of(127, 0, 0, 1),
  6: Uint8Array.of(...new Array<number>(15).fill(0), 1),
} as const;

/** 127.0.0.1 or ::1 at `port`. */
export function loopback(port: number, family: Family = 4): Endpoint {
  return { address: { family, bytes: LOOPBACK[family] }, port };
}

/** Binds `fd` to a loopback port, 0 for one that is free, and returns the port. */
export function bindLoopback(fd: number, family: Family, port = 0): number {
  const name = new Uint8Array(SOCKADDR_SIZE);
  const size = writeSockaddr(name, family, LOOPBACK[family], 0, port);
  must('bind', sys.bind(fd, name, size));
  must('getsockname', sys.getsockname(fd, name, Uint32Array.of(SOCKADDR_SIZE)));
  return readSockaddr(name)?.port ?? 0;
}

/** A port that answers RST, until the test ends: bound, and nobody listens. */
export function closedPort(t: Pick<Test, 'teardown'>, family: Family = 4): Endpoint {
  return loopback(bindLoopback(owned(t, family).fd, family), family);
}

/** A port that answers RST until it is opened, and SYN-ACK from then on: nobody else can take it meanwhile. */
export function portThatOpens(t: Pick<Test, 'teardown'>): { readonly port: number; open(): void } {
  const { fd } = owned(t, 4);
  const port = bindLoopback(fd, 4);
  return { port, open: () => must('listen', listen(fd, 4096)) };
}

/** A port that answers SYN-ACK, and nobody accepts. */
export function openPort(t: Pick<Test, 'teardown'>, family: Family = 4, backlog = 4096): Endpoint {
  const socket = owned(t, family);
  const port = bindLoopback(socket.fd, family);
  must('listen', listen(socket.fd, backlog));
  return loopback(port, family);
}

/** A port that answers SYN-ACK or RST, as the test says from time to time; SYN-ACK to begin with. */
export function switchedPort(t: Pick<Test, 'teardown'>): {
  readonly port: number;
  readonly set: (isOpen: boolean) => void;
} {
  const { fd } = owned(t, 4);
  // shutdown(2) ends the listening. A port that was asked for by its number stays bound then, one of the kernel's choice
  // does not: so the kernel chooses one for a socket that is gone at once.
  const chosen = new TcpSocket(4);
  const port = bindLoopback(chosen.fd, 4);
  chosen.reset();
  bindLoopback(fd, 4, port);
  must('listen', listen(fd, 4096));
  return { port, set: (isOpen) => must('listen', isOpen ? listen(fd, 4096) : shutdown(fd, SHUT_RD)) };
}

/** A port that answers nothing: its queue has one place, and that is taken. */
export function silentPort(t: Pick<Test, 'teardown'>, family: Family = 4): Endpoint {
  const endpoint = openPort(t, family, 0);
  const filler = owned(t, family);
  filler.connect(endpoint.address.bytes, 0, endpoint.port);
  waitFor(filler.fd, EPOLLOUT, 1000);
  return endpoint;
}

/** The events of `fd` among `events` and the two that are always reported; 0 when none came within `timeoutMs`. */
export function waitFor(fd: number, events: number, timeoutMs: number): number {
  const epoll = new Epoll(1);
  try {
    epoll.add(fd, events, 0, 0);
    return epoll.wait(timeoutMs) === 0 ? 0 : epoll.eventsAt(0);
  } finally {
    epoll.close();
  }
}

function owned(t: Pick<Test, 'teardown'>, family: Family): TcpSocket {
  const socket = new TcpSocket(family);
  t.teardown(() => socket.reset());
  return socket;
}
