// Linux ABI constants of x86-64 and arm64 (both little-endian), grouped by the header they come from.
// Names are the kernel's. Nothing but numbers lives here.

// <sys/socket.h>, <asm-generic/socket.h>
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_LINGER = 13;
export const SO_BINDTODEVICE = 25;
export const SHUT_WR = 1;
export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;

// <netinet/in.h>, <linux/in6.h>
export const SOL_IP = 0;
export const IP_TTL = 2;
export const IP_RECVERR = 11;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const SOL_IPV6 = 41;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_RECVERR = 25;

// <linux/tcp.h>
export const SOL_TCP = 6;
export const TCP_DEFER_ACCEPT = 9;
export const TCP_INFO = 11;
/** Offsets in `struct tcp_info`, which only ever grows at its end. */
export const TCP_INFO_STATE = 0;
export const TCP_INFO_RTT = 68;
export const TCP_INFO_TOTAL_RETRANS = 100;
export const TCP_INFO_SEGS_OUT = 136;
export const TCP_INFO_SEGS_IN = 140;
export const TCP_INFO_SIZE = 144;

// <net/tcp_states.h>
export const TCP_ESTABLISHED = 1;
export const TCP_SYN_SENT = 2;
export const TCP_SYN_RECV = 3;
export const TCP_CLOSE = 7;
export const TCP_CLOSE_WAIT = 8;

// <linux/errqueue.h>
export const SO_EE_ORIGIN_ICMP = 2;
export const SO_EE_ORIGIN_ICMP6 = 3;

// <sys/epoll.h>
export const EPOLL_CLOEXEC = SOCK_CLOEXEC;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLET = 0x80000000;

// <sys/eventfd.h>
export const EFD_NONBLOCK = SOCK_NONBLOCK;
export const EFD_CLOEXEC = SOCK_CLOEXEC;

// <errno.h>
export const EINTR = 4;
export const EAGAIN = 11;
export const EMFILE = 24;
export const ECONNREFUSED = 111;
export const EINPROGRESS = 115;
