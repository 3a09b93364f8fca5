// One TCP socket, from socket(2) to close(2): tcp(7), ip(7), ipv6(7). What is expected of a connect comes back as an
// errno; what nobody expects is a SystemCallError. Buffers are the module's: a thread makes one call at a time.
import { takeIcmpError, type IcmpError } from './error-queue.ts';
import * as linux from './linux.ts';
import { readSockaddr, SOCKADDR_SIZE, type SocketName, writeSockaddr } from './sockaddr.ts';
import * as sys from './syscall.ts';
import { must } from './syscall.ts';

const ON = new Int32Array([1]);
const OFF = new Int32Array([0]);
/** struct linger {1, 0}: close(2) answers with RST at once. {1, 1} would block even a non-blocking socket. */
const RESET_ON_CLOSE = new Int32Array([1, 0]);
const NOWHERE = new Uint8Array(16).fill(linux.AF_UNSPEC, 0, 2);
const ANY_ADDRESS = new Uint8Array(16);
const hops = new Int32Array(1);
const sockaddr = new Uint8Array(SOCKADDR_SIZE);
const peer = new Uint8Array(SOCKADDR_SIZE);
const length = new Uint32Array(1);
const error = new Int32Array(1);
const info = new Uint32Array(linux.TCP_INFO_SIZE / 4);
const infoBytes = new Uint8Array(info.buffer);

/** The words of TCP_INFO that a connect's end is judged by. */
export interface TcpInfo {
  /** TCP state as in <net/tcp_states.h>: 1 ESTABLISHED, 2 SYN_SENT, 7 CLOSE, 8 CLOSE_WAIT. */
  readonly state: number;
  /** SYN to SYN-ACK in microseconds, once established. */
  readonly rttUs: number;
  readonly totalRetrans: number;
  readonly segsOut: number;
  readonly segsIn: number;
}

const tcpInfo: TcpInfo = {
  get state(): number {
    return infoBytes[linux.TCP_INFO_STATE] ?? 0;
  },
  get rttUs(): number {
    return info[linux.TCP_INFO_RTT / 4] ?? 0;
  },
  get totalRetrans(): number {
    return info[linux.TCP_INFO_TOTAL_RETRANS / 4] ?? 0;
  },
  get segsOut(): number {
    return info[linux.TCP_INFO_SEGS_OUT / 4] ?? 0;
  },
  get segsIn(): number {
    return info[linux.TCP_INFO_SEGS_IN / 4] ?? 0;
  },
};

export class TcpSocket {
  readonly fd: number;
  readonly family: 4 | 6;
  /** Whether close(2) answers an established connection with RST. */
  #isReset = false;

  /**
   * A non-blocking, close-on-exec socket that queues the ICMP errors it gets. Without RECVERR an ICMPv6 error on
   * loopback surfaces a second late, and nothing would say who sent it. Throws SystemCallError.
   */
  constructor(family: 4 | 6) {
    const domain = family === 4 ? linux.AF_INET : linux.AF_INET6;
    const type = linux.SOCK_STREAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
    this.fd = must('socket', sys.socket(domain, type, 0));
    this.family = family;
    this.#orClose(() => {
      if (family === 6) this.#set(linux.SOL_IPV6, linux.IPV6_RECVERR, ON);
      this.#set(linux.SOL_IP, linux.IP_RECVERR, ON);
    });
  }

  /** Binds to a source address, without choosing a port yet, so that the ephemeral range serves each destination anew. */
  bindAddress(family: 4 | 6, bytes: Uint8Array, offset: number): void {
    this.#set(linux.SOL_IP, linux.IP_BIND_ADDRESS_NO_PORT, ON);
    const size = writeSockaddr(sockaddr, family, bytes, offset, 0);
    must('bind', sys.bind(this.fd, sockaddr, size));
  }

  /**
   * Binds to a source port, 0 for one that no socket has, and to a source address where there is one. Sockets that are bound
   * in this way may have the port one after the other, or at once.
   */
  bindPort(source: Uint8Array | null, port: number): void {
    this.#set(linux.SOL_SOCKET, linux.SO_REUSEADDR, ON);
    const size = writeSockaddr(sockaddr, this.family, source ?? ANY_ADDRESS, 0, port);
    must('bind', sys.bind(this.fd, sockaddr, size));
  }

  /**
   * What the socket sends is passed on by `ttl` - 1 routers, 1..255; the next one answers with ICMP time exceeded. It
   * outlives connect(AF_UNSPEC). An IPv6 socket sends IPv4 to an IPv4-mapped address, so it takes both options.
   */
  limitHops(ttl: number): void {
    hops[0] = ttl;
    if (this.family === 6) this.#set(linux.SOL_IPV6, linux.IPV6_UNICAST_HOPS, hops);
    this.#set(linux.SOL_IP, linux.IP_TTL, hops);
  }

  /** Binds to a network interface by name, NUL-terminated in `name`. */
  bindInterface(name: Uint8Array): void {
    must('setsockopt', sys.setsockopt(this.fd, linux.SOL_SOCKET, linux.SO_BINDTODEVICE, name, name.length));
  }

  /**
   * Keeps the kernel from acknowledging a SYN-ACK for about 200 ms, for all the connects to come, and has close(2) answer it
   * with RST. TCP_DEFER_ACCEPT on the connecting side does the former (tcp_rcv_synsent_state_process) and outlives
   * connect(AF_UNSPEC); TCP_QUICKACK = 0 does it too, but for the next connect alone. Throws SystemCallError.
   */
  halveHandshakes(): void {
    this.#set(linux.SOL_TCP, linux.TCP_DEFER_ACCEPT, ON);
    this.#set(linux.SOL_SOCKET, linux.SO_LINGER, RESET_ON_CLOSE);
    this.#isReset = true;
  }

  /** connect(2): 0, or the errno; EINPROGRESS and EINTR mean that it is under way. `port` is 0..65535. */
  connect(bytes: Uint8Array, offset: number, port: number): number {
    const size = writeSockaddr(sockaddr, this.family, bytes, offset, port);
    return -sys.connect(this.fd, sockaddr, size);
  }

  /** SO_ERROR, which the kernel clears as it is read: 0 or an errno. */
  takeError(): number {
    length[0] = 4;
    must('getsockopt', sys.getsockopt(this.fd, linux.SOL_SOCKET, linux.SO_ERROR, error, length));
    return error[0] ?? 0;
  }

  /** TCP_INFO, in an object that is true until the next call of any socket's `readInfo`. */
  readInfo(): TcpInfo {
    length[0] = linux.TCP_INFO_SIZE;
    must('getsockopt', sys.getsockopt(this.fd, linux.SOL_TCP, linux.TCP_INFO, info, length));
    return tcpInfo;
  }

  /** The ICMP error that is queued, taken off the queue; null when there is none. Throws SystemCallError. */
  takeIcmpError(): IcmpError | null {
    return takeIcmpError(this.fd);
  }

  /** The address and port that connect(2) has given the socket; it keeps them until it is disconnected. Throws SystemCallError. */
  localName(): SocketName | null {
    length[0] = SOCKADDR_SIZE;
    must('getsockname', sys.getsockname(this.fd, sockaddr, length));
    return readSockaddr(sockaddr);
  }

  /** Whether the socket is connected to itself, as a connect to a closed local port can be once in many thousands. */
  isSelfConnected(): boolean {
    length[0] = SOCKADDR_SIZE;
    must('getsockname', sys.getsockname(this.fd, sockaddr, length));
    length[0] = SOCKADDR_SIZE;
    // A peer that has already reset the connection has no name, and is not this socket.
    if (sys.getpeername(this.fd, peer, length) < 0) return false;
    return Buffer.compare(sockaddr.subarray(0, length[0]), peer.subarray(0, length[0])) === 0;
  }

  /** connect(AF_UNSPEC): answers an open handshake with RST and leaves the socket ready for another connect. */
  disconnect(): void {
    must('connect', sys.connect(this.fd, NOWHERE, NOWHERE.length));
  }

  /** Ends an established connection with FIN; what the peer still sends is taken. One that is gone has nothing to end. */
  finish(): void {
    sys.shutdown(this.fd, linux.SHUT_WR);
  }

  /**
   * Queues ICMP errors no longer, and drops those that are queued (ip(7): IP_RECVERR). To whoever polls a socket without
   * reading its error queue, an entry there is an error that never goes away. Throws SystemCallError.
   */
  forgetIcmpErrors(): void {
    if (this.family === 6) this.#set(linux.SOL_IPV6, linux.IPV6_RECVERR, OFF);
    this.#set(linux.SOL_IP, linux.IP_RECVERR, OFF);
  }

  /**
   * Closes the descriptor. Call once. An established connection ends with FIN, or with RST where data lies unread, or where
   * handshakes are halved.
   */
  close(): void {
    sys.close(this.fd);
  }

  /** Closes the descriptor, answering an established connection with RST. Call once. */
  reset(): void {
    if (!this.#isReset) sys.setsockopt(this.fd, linux.SOL_SOCKET, linux.SO_LINGER, RESET_ON_CLOSE, 8);
    this.close();
  }

  #set(level: number, option: number, value: Int32Array): void {
    must('setsockopt', sys.setsockopt(this.fd, level, option, value, value.byteLength));
  }

  #orClose(step: () => void): void {
    try {
      step();
    } catch (failure) {
      this.close();
      throw failure;
    }
  }
}
