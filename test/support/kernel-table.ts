// What a connect attempt ends in, as measured on Linux: the raw facts of each situation and what they mean.
import { constants } from 'node:os';
import type { AttemptResult, Syscall } from '../../src/reactor/protocol.ts';
import { facts, icmp, tcp } from './fake-reactor.ts';

const { errno: E } = constants;

export type Row = readonly [
  situation: string,
  raw: AttemptResult,
  outcome: string,
  cause: string | null,
  message?: string,
];

export const failing = (errno: number, rest: Partial<AttemptResult> = {}): AttemptResult =>
  facts({ ending: 'error', errno, tcp: tcp(), ...rest });
export const local = (syscall: Syscall, errno: number, rest: Partial<AttemptResult> = {}): AttemptResult =>
  facts({ ending: 'local-error', syscall, errno, ...rest });
const expired = (rest: Partial<AttemptResult>): AttemptResult => facts({ ending: 'expired', latencyMs: 3000, ...rest });

// A cause is written "layer code".
export const KERNEL_TABLE: readonly Row[] = [
  ['SYN-ACK', facts({ tcp: tcp({ state: 1, rttUs: 387, segsIn: 1 }) }), 'open', null],
  [
    'SYN-ACK, and the connection goes on',
    facts({ ending: 'handed-over', tcp: tcp({ state: 1, segsIn: 1 }) }),
    'open',
    null,
  ],
  ['SYN-ACK, then FIN', facts({ tcp: tcp({ state: 8, rttUs: 387, segsIn: 2 }) }), 'open', null],
  [
    'a connection to itself',
    facts({ ending: 'self-connected', tcp: tcp({ state: 1, rttUs: 9, segsIn: 2 }) }),
    'refused',
    'tcp ECONNREFUSED',
    'nothing listens there: the connect met itself',
  ],
  [
    'RST',
    failing(E.ECONNREFUSED, { tcp: tcp({ segsIn: 1 }) }),
    'refused',
    'tcp ECONNREFUSED',
    "RST from the target's address, which a firewall can forge",
  ],
  [
    'RST after a wrong acknowledgement and a second SYN',
    failing(E.ECONNREFUSED, { tcp: tcp({ segsIn: 2, segsOut: 3, synRetransmits: 1 }) }),
    'refused',
    'tcp ECONNREFUSED',
  ],
  ['a disconnect of our own', failing(E.ECONNRESET, { tcp: tcp({ synRetransmits: 1 }) }), 'failed', 'local ECONNRESET'],
  [
    'RST, without a SYN-ACK before it',
    failing(E.ECONNRESET, { tcp: tcp({ segsIn: 1, synRetransmits: 1 }) }),
    'refused',
    'tcp ECONNRESET',
  ],
  ['RST to a simultaneous open', failing(E.ECONNRESET, { tcp: tcp({ segsIn: 2 }) }), 'refused', 'tcp ECONNRESET'],
  [
    'RST on loopback, before connect(2) returns',
    local('connect', E.ECONNREFUSED, { tcp: tcp({ segsIn: 1 }) }),
    'refused',
    'tcp ECONNREFUSED',
  ],
  [
    'an ICMP port unreachable whose message was lost',
    failing(E.ECONNREFUSED),
    'rejected',
    'icmp ECONNREFUSED',
    'port unreachable, from a sender unknown',
  ],
  [
    'handshake, then RST',
    failing(E.ECONNRESET, { tcp: tcp({ rttUs: 387, segsIn: 2 }) }),
    'open',
    'tcp ECONNRESET',
    'reset right after the handshake',
  ],
  [
    'handshake at the second SYN, then RST',
    failing(E.ECONNRESET, { tcp: tcp({ segsIn: 2, synRetransmits: 1 }) }),
    'open',
    'tcp ECONNRESET',
  ],
  [
    'handshake at the second SYN, then FIN and RST',
    failing(E.EPIPE, { tcp: tcp({ segsIn: 3, synRetransmits: 1 }) }),
    'open',
    'tcp EPIPE',
  ],
  [
    'handshake, then ICMP',
    failing(E.EHOSTUNREACH, { tcp: tcp({ rttUs: 387, segsIn: 1 }), icmp: icmp(3, 13) }),
    'open',
    'icmp EHOSTUNREACH',
    'communication administratively prohibited by 10.0.0.1',
  ],
  [
    'no neighbour',
    failing(E.EHOSTUNREACH),
    'unreachable',
    'local EHOSTUNREACH',
    'no neighbour answers for the next hop',
  ],
  ['a route that went away', failing(E.ENETUNREACH), 'unreachable', 'local ENETUNREACH', 'the route went away'],
  ['the kernel gave up', failing(E.ETIMEDOUT), 'timeout', 'tcp ETIMEDOUT', "no answer to the kernel's last SYN"],
  ['a hang-up without an error', failing(0), 'failed', 'local EHANGUP'],
  [
    'silence',
    expired({ tcp: tcp({ state: 2 }) }),
    'timeout',
    'deadline ETIMEDOUT',
    'no answer to one SYN within the timeout',
  ],
  [
    'silence to four SYNs',
    expired({ tcp: tcp({ state: 2, segsOut: 4, synRetransmits: 3 }) }),
    'timeout',
    'deadline ETIMEDOUT',
    'no answer to 4 SYNs within the timeout',
  ],
  ['silence, with TCP_INFO unread', expired({ tcp: null }), 'timeout', 'deadline ETIMEDOUT'],
  ['half of a simultaneous open', expired({ tcp: tcp({ state: 3, segsIn: 1 }) }), 'timeout', 'deadline ETIMEDOUT'],
  ['SYN-ACK after the deadline', expired({ tcp: tcp({ state: 1, segsIn: 1 }) }), 'timeout', 'deadline ETIMEDOUT'],
  ['RST after the deadline', expired({ tcp: tcp({ state: 7, segsIn: 1 }) }), 'timeout', 'deadline ETIMEDOUT'],
  [
    'a request’s deadline in flight',
    facts({ ending: 'cut-short', tcp: tcp({ state: 2 }) }),
    'failed',
    'deadline cut-short',
    'the request’s deadline passed before the target’s own time was over',
  ],
  [
    'a request’s deadline in the queue',
    facts({ ending: 'not-started', latencyMs: null }),
    'failed',
    'deadline not-started',
    'the request’s deadline passed before it was its turn',
  ],
  [
    'a connect that never was',
    expired({ tcp: tcp({ segsOut: 0 }) }),
    'failed',
    'local not-sent',
    'the kernel never started the connect',
  ],
  [
    'a route of type unreachable',
    local('connect', E.EHOSTUNREACH),
    'unreachable',
    'local EHOSTUNREACH',
    'a local route says unreachable',
  ],
  [
    'a route of type prohibit',
    local('connect', E.EACCES),
    'unreachable',
    'local EACCES',
    'a local route says prohibited',
  ],
  [
    'a route of type blackhole',
    local('connect', E.EINVAL),
    'unreachable',
    'local EINVAL',
    'a local route is a black hole',
  ],
  ['no route', local('connect', E.ENETUNREACH), 'unreachable', 'local ENETUNREACH', 'no route to the address'],
  ['a local firewall', local('connect', E.EPERM), 'rejected', 'local EPERM'],
  ['no such family here', local('socket', E.EAFNOSUPPORT), 'unreachable', 'local EAFNOSUPPORT'],
  ['out of descriptors', local('socket', E.EMFILE), 'failed', 'local EMFILE', 'reachd is out of descriptors'],
  [
    'out of descriptors, all of it',
    local('socket', E.ENFILE),
    'failed',
    'local ENFILE',
    'this machine is out of descriptors',
  ],
  [
    'out of ports',
    local('connect', E.EADDRNOTAVAIL),
    'failed',
    'local EADDRNOTAVAIL',
    'this machine is out of local ports for that destination',
  ],
  ['out of ports, otherwise', local('connect', E.EAGAIN), 'failed', 'local EAGAIN'],
  ['out of buffers', local('connect', E.ENOBUFS), 'failed', 'local ENOBUFS', 'this machine is out of socket memory'],
  ['out of memory', local('socket', E.ENOMEM), 'failed', 'local ENOMEM', 'this machine is out of memory'],
  ['out of epoll watches', local('epoll_ctl', E.ENOSPC), 'failed', 'local ENOSPC', 'this user is out of epoll watches'],
  [
    'a source address of another host',
    local('bind', E.EADDRNOTAVAIL),
    'failed',
    'local EADDRNOTAVAIL',
    'sourceAddress is not an address of this host',
  ],
  [
    'no such interface',
    local('setsockopt', E.ENODEV),
    'failed',
    'local ENODEV',
    'sourceInterface does not exist on this host',
  ],
  [
    'an interface that takes privileges',
    local('setsockopt', E.EPERM),
    'failed',
    'local EPERM',
    'reachd may not bind to sourceInterface',
  ],
  ['cancelled', facts({ ending: 'cancelled', latencyMs: null }), 'cancelled', 'local ECANCELED'],
  ['the worker was lost', facts({ ending: 'lost', latencyMs: null }), 'failed', 'local worker-lost'],
];
