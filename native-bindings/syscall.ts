// The one door to libc: each call returns what the kernel's own convention says, a result or a negated errno, and no
// number reaches the kernel that is not an integer (koffi would turn NaN into 0, and close(NaN) closes descriptor 0).
import { getSystemErrorName } from 'node:util';
import * as libc from './libc.ts';
import type { Memory } from './libc.ts';

/** A system call failed where its caller had no use for the failure: `syscall` names it, `code` is errno's name. */
export class SystemCallError extends Error {
  readonly syscall: string;
  readonly errno: number;
  readonly code: string;

  constructor(syscall: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${syscall} failed: ${code}`);
    this.name = 'SystemCallError';
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
  }
}

/** `returned` when it is not negative; throws the SystemCallError of `syscall` otherwise. */
export function must(syscall: string, returned: number): number {
  if (returned < 0) throw new SystemCallError(syscall, -returned);
  return returned;
}

/** errno is read in the same breath: any other call into libc, `fs` included, overwrites it. */
function orErrno(returned: number): number {
  return returned < 0 ? -libc.errno() : returned;
}

/** `value` when it is an integer of 32 bits, signed or unsigned; throws a RangeError otherwise. */
function int(value: number): number {
  if ((value | 0) !== value && value >>> 0 !== value) throw new RangeError(`not a 32-bit integer: ${value}`);
  return value;
}

/** `value` when it can be a descriptor, 0 or more; throws a RangeError otherwise. */
function descriptor(value: number): number {
  if ((value | 0) !== value || value < 0) throw new RangeError(`not a descriptor: ${value}`);
  return value;
}

/** socket(2) */
export const socket = (domain: number, type: number, protocol: number): number =>
  orErrno(libc.socket(int(domain), int(type), int(protocol)));

/** close(2). On Linux the descriptor is gone whatever is returned: never call it again. */
export const close = (fd: number): number => orErrno(libc.close(descriptor(fd)));

/** shutdown(2) */
export const shutdown = (fd: number, how: number): number => orErrno(libc.shutdown(descriptor(fd), int(how)));

/** eventfd(2) */
export const eventfd = (count: number, flags: number): number => orErrno(libc.eventfd(int(count), int(flags)));

/** bind(2) */
export const bind = (fd: number, address: Memory, length: number): number =>
  orErrno(libc.bind(descriptor(fd), address, int(length)));

/** connect(2) */
export const connect = (fd: number, address: Memory, length: number): number =>
  orErrno(libc.connect(descriptor(fd), address, int(length)));

/** getsockname(2) */
export const getsockname = (fd: number, address: Memory, length: Memory): number =>
  orErrno(libc.getsockname(descriptor(fd), address, length));

/** getpeername(2) */
export const getpeername = (fd: number, address: Memory, length: Memory): number =>
  orErrno(libc.getpeername(descriptor(fd), address, length));

/** getsockopt(2) */
export const getsockopt = (fd: number, level: number, option: number, value: Memory, length: Memory): number =>
  orErrno(libc.getsockopt(descriptor(fd), int(level), int(option), value, length));

/** setsockopt(2) */
export const setsockopt = (fd: number, level: number, option: number, value: Memory, length: number): number =>
  orErrno(libc.setsockopt(descriptor(fd), int(level), int(option), value, int(length)));

/** recvmsg(2) */
export const recvmsg = (fd: number, message: Memory, flags: number): number =>
  orErrno(libc.recvmsg(descriptor(fd), message, int(flags)));

/** epoll_create1(2) */
export const epollCreate1 = (flags: number): number => orErrno(libc.epollCreate1(int(flags)));

/** epoll_ctl(2) */
export const epollCtl = (epoll: number, operation: number, fd: number, event: Memory): number =>
  orErrno(libc.epollCtl(descriptor(epoll), int(operation), descriptor(fd), event));

/** epoll_wait(2). Blocks the thread for up to `timeoutMs`; -1 is for ever. */
export const epollWait = (epoll: number, events: Memory, capacity: number, timeoutMs: number): number =>
  orErrno(libc.epollWait(descriptor(epoll), events, int(capacity), int(timeoutMs)));
