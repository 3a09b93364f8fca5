// A socket's error queue: recvmsg(2) with MSG_ERRQUEUE and IP_RECVERR, ip(7). It says which ICMP message ended a connect
// and who sent it, without privileges.
// recvmsg wants a struct that points at buffers, so msghdr, iovec and control buffer are laid out by hand, once, in
// memory that never moves; one thread reads one queue at a time.
import { allocate } from './libc.ts';
import { EAGAIN, MSG_DONTWAIT, MSG_ERRQUEUE, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6 } from './linux.ts';
import { readSockaddr, SOCKADDR_SIZE } from './sockaddr.ts';
import * as sys from './syscall.ts';
import { must } from './syscall.ts';

/** One ICMP (RFC 792) or ICMPv6 (RFC 4443) error: what it said, who sent it, and the errno that the kernel makes of it. */
export interface IcmpError {
  readonly errno: number;
  readonly type: number;
  readonly code: number;
  readonly fromFamily: 4 | 6;
  readonly from: Uint8Array;
}

// struct msghdr { name*, namelen, iov*, iovlen, control*, controllen, flags }, struct iovec { base*, len }
const HEADER = 0;
const IOVEC = 64;
const DATA = 80;
const DATA_SIZE = 128;
const CONTROL = DATA + DATA_SIZE;
const CONTROL_SIZE = 256;
const CONTROL_LENGTH = HEADER + 40;
// struct cmsghdr { len: size_t, level: int, type: int }, then struct sock_extended_err, then the offender's sockaddr
const EXTENDED_ERROR = CONTROL + 16;
const OFFENDER = EXTENDED_ERROR + 16;
/** More entries than a connect that has not sent a byte of data can have queued. */
const MAX_ENTRIES = 8;

const memory = allocate(CONTROL + CONTROL_SIZE);
const { address, view } = memory;
view.setBigUint64(HEADER + 16, address + BigInt(IOVEC), true);
view.setBigUint64(HEADER + 24, 1n, true);
view.setBigUint64(HEADER + 32, address + BigInt(CONTROL), true);
view.setBigUint64(IOVEC, address + BigInt(DATA), true);
view.setBigUint64(IOVEC + 8, BigInt(DATA_SIZE), true);

/** Takes entries off the error queue of `fd` until one is an ICMP error; null when none is. Throws SystemCallError. */
export function takeIcmpError(fd: number): IcmpError | null {
  for (let i = 0; i < MAX_ENTRIES; i++) {
    view.setUint32(CONTROL_LENGTH, CONTROL_SIZE, true);
    const received = sys.recvmsg(fd, address, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (received === -EAGAIN) return null;
    // To go on without it would take a router's word for the target's, or the other way round.
    must('recvmsg', received);
    if (view.getUint32(CONTROL_LENGTH, true) === 0) continue;
    const origin = view.getUint8(EXTENDED_ERROR + 4);
    if (origin !== SO_EE_ORIGIN_ICMP && origin !== SO_EE_ORIGIN_ICMP6) continue;
    const offender = readSockaddr(new Uint8Array(view.buffer, OFFENDER, SOCKADDR_SIZE));
    if (offender === null) continue;
    return {
      errno: view.getUint32(EXTENDED_ERROR, true),
      type: view.getUint8(EXTENDED_ERROR + 5),
      code: view.getUint8(EXTENDED_ERROR + 6),
      fromFamily: offender.family,
      from: offender.bytes,
    };
  }
  return null;
}
