// What an attempt's raw facts mean: the kernel's evidence on one side, the closed set of outcomes on the other.
// Pure: it sees no descriptor, no thread and no clock.
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { AttemptResult, IcmpFacts, TcpFacts } from '../reactor/protocol.ts';
import { formatAddress } from '../net/address.ts';
import { describeIcmp } from './icmp.ts';
import type { LookupFailure } from './resolver.ts';

/** The closed set of outcomes. The first five are the network's answer; the last four say the question was not put. */
export const OUTCOMES = [
  'open',
  'refused',
  'rejected',
  'unreachable',
  'timeout',
  'unresolved',
  'denied',
  'failed',
  'cancelled',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const CAUSE_LAYERS = ['tcp', 'icmp', 'dns', 'policy', 'local', 'deadline', 'expectation'] as const;
export type CauseLayer = (typeof CAUSE_LAYERS)[number];

/** Why a target is not open, why an open one is not well, or why it is not as expected (layer `expectation`). */
export interface Cause {
  readonly layer: CauseLayer;
  /** An errno name, a resolver's code, or the name of a policy rule. */
  readonly code: string;
  readonly message: string;
  readonly icmp?: { readonly type: number; readonly code: number; readonly from: string };
}

/** What one attempt came to. */
export interface Finding {
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  /** Nobody foresaw this errno here: worth a line in the log. */
  readonly isUnforeseen?: true;
}

const OPEN: Finding = { outcome: 'open', cause: null };

/** The outcome that an attempt's facts amount to, and why it is not open. Total: every ending has its arm. */
export function outcomeOf(result: AttemptResult): Finding {
  switch (result.ending) {
    case 'established':
      return OPEN;
    case 'self-connected':
      return finding('refused', 'tcp', 'ECONNREFUSED', 'nothing listens there: the connect met itself');
    case 'error':
      return judgeError(result);
    case 'local-error':
      return judgeLocalError(result);
    case 'expired':
      return judgeExpired(result);
    case 'cancelled':
      return finding('cancelled', 'local', 'ECANCELED', 'cancelled before there was an answer');
    case 'lost':
      return finding('failed', 'local', 'worker-lost', 'the reactor was lost while the attempt was under way');
  }
}

/** Why a name could not be turned into an address. */
export function outcomeOfLookup({ code, local }: LookupFailure): Finding {
  if (code === 'ECANCELED') return finding('cancelled', 'local', code, 'cancelled before the name was resolved');
  const message = LOOKUP_MESSAGES[code] ?? 'the name could not be resolved';
  return finding(local ? 'failed' : 'unresolved', local ? 'local' : 'dns', code, message);
}

const LOOKUP_MESSAGES: Readonly<Record<string, string>> = {
  NXDOMAIN: 'no such name',
  NODATA: 'the name has no address',
  SERVFAIL: 'the DNS server failed to answer for the name',
  REFUSED: 'the DNS server refused to answer for the name',
  ETIMEOUT: 'the resolver did not answer in time',
  EAI_AGAIN: 'the resolver had a temporary failure',
  'resolver-busy': 'the deadline passed before reachd could look the name up',
  'too-many-addresses': 'the name has more addresses than reachd takes of one (1000)',
};

/** Silence is the target's only where a SYN left this machine. An answer that came after the deadline is none. */
function judgeExpired({ latencyMs, queuedMs, tcp }: AttemptResult): Finding {
  if (latencyMs === null) {
    return finding('failed', 'local', 'queued', 'the deadline passed before reachd could start the attempt');
  }
  // A target that got the smaller part of the time was not asked fairly, and its silence proves nothing.
  if (queuedMs > latencyMs) {
    return finding('failed', 'local', 'queued', 'most of the time had passed before reachd could start the attempt');
  }
  if (tcp?.segsOut === 0) {
    return finding('failed', 'local', 'not-sent', 'the kernel never started the connect');
  }
  const again = tcp?.synRetransmits ?? 0;
  const sent = again === 0 ? 'one SYN' : `${again + 1} SYNs`;
  return finding('timeout', 'deadline', 'ETIMEDOUT', `no answer to ${sent} before the deadline`);
}

/** An error that the kernel reported for the connect, told apart by the evidence beside it. */
function judgeError({ errno, tcp, icmp }: AttemptResult): Finding {
  const code = nameErrno(errno);
  if (tcp !== null && wasEstablished(tcp, code)) return judgeAfterHandshake(code, icmp);
  if (icmp !== null) return judgeIcmp(code, icmp);
  switch (code) {
    case 'ECONNREFUSED':
      return tcp !== null && tcp.segsIn > 0
        ? finding('refused', 'tcp', code, "RST from the target's address, which a firewall can forge")
        : finding('rejected', 'icmp', code, 'port unreachable, from a sender unknown');
    case 'ECONNRESET': // RST to a simultaneous open (RFC 9293, section 3.5), which never became a connection.
      // A socket's own disconnect leaves the same errno: where nothing came in, it is not the target's word.
      return tcp !== null && tcp.segsIn > 0
        ? finding('refused', 'tcp', code, "RST from the target's address, which a firewall can forge")
        : unforeseen('connect', code);
    case 'EHOSTUNREACH':
      return finding('unreachable', 'local', code, 'no neighbour answers for the next hop');
    case 'ENETUNREACH':
      return finding('unreachable', 'local', code, 'the route went away');
    case 'ETIMEDOUT':
      return finding('timeout', 'tcp', code, "no answer to the kernel's last SYN");
    default:
      return unforeseen('connect', code);
  }
}

/**
 * The kernel keeps the SYN-ACK's round trip even when the connection is gone. A retransmitted SYN has none; then it is the
 * errno that tells a connection's RST from one that answers a SYN, for segments with a wrong acknowledgement count too.
 */
function wasEstablished(tcp: TcpFacts, code: string): boolean {
  if (tcp.rttUs > 0) return true;
  return tcp.synRetransmits > 0 && tcp.segsIn > 1 && (code === 'ECONNRESET' || code === 'EPIPE');
}

function judgeAfterHandshake(code: string, icmp: IcmpFacts | null): Finding {
  if (icmp !== null) return { ...judgeIcmp(code, icmp), outcome: 'open' };
  const what = code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : code;
  return finding('open', 'tcp', code, `${what} right after the handshake`);
}

function judgeIcmp(code: string, icmp: IcmpFacts): Finding {
  const { type, code: icmpCode } = icmp;
  const from = formatAddress(icmp.from.bytes);
  const { outcome, words } = describeIcmp(icmp.from.family, type, icmpCode);
  return {
    outcome,
    cause: { layer: 'icmp', code, message: `${words} by ${from}`, icmp: { type, code: icmpCode, from } },
  };
}

/** A call of reachd's own failed. Only what the routing table said is about the target's network. */
function judgeLocalError({ syscall, errno, tcp }: AttemptResult): Finding {
  const code = nameErrno(errno);
  if (syscall === 'connect') {
    const judged = ROUTE_ERRORS[code];
    if (judged !== undefined) return judged;
    if (code === 'ECONNREFUSED' && tcp !== null && tcp.segsIn > 0) {
      return finding('refused', 'tcp', code, "RST from the target's address, which a firewall can forge");
    }
  }
  if (syscall === 'socket' && code === 'EAFNOSUPPORT') {
    return finding('unreachable', 'local', code, 'this host does not speak that address family');
  }
  const words = SHORTAGES[`${syscall ?? ''} ${code}`] ?? SHORTAGES[code];
  return words === undefined ? unforeseen(syscall ?? 'system call', code) : finding('failed', 'local', code, words);
}

/** What connect(2) itself answers, before any packet leaves: ip-route(8) types unreachable, prohibit, blackhole, none. */
const ROUTE_ERRORS: Readonly<Record<string, Finding>> = {
  EHOSTUNREACH: finding('unreachable', 'local', 'EHOSTUNREACH', 'a local route says unreachable'),
  ENETUNREACH: finding('unreachable', 'local', 'ENETUNREACH', 'no route to the address'),
  EACCES: finding('unreachable', 'local', 'EACCES', 'a local route says prohibited'),
  EINVAL: finding('unreachable', 'local', 'EINVAL', 'a local route is a black hole'),
  EPERM: finding('rejected', 'local', 'EPERM', 'a local policy (firewall, cgroup or LSM) forbids the connect'),
};

/** What this machine lacked, by errno, or by call and errno. */
const SHORTAGES: Readonly<Record<string, string>> = {
  EMFILE: 'reachd is out of descriptors',
  ENFILE: 'this machine is out of descriptors',
  EADDRNOTAVAIL: 'this machine is out of local ports for that destination',
  EAGAIN: 'this machine is out of local ports or routing entries',
  ENOBUFS: 'this machine is out of socket memory',
  ENOMEM: 'this machine is out of memory',
  ENOSPC: 'this user is out of epoll watches',
  'bind EADDRNOTAVAIL': 'sourceAddress is not an address of this host',
  'bind EINVAL': 'a link-local sourceAddress is one of each link: it takes a sourceInterface',
  'setsockopt ENODEV': 'sourceInterface does not exist on this host',
  'setsockopt EPERM': 'reachd may not bind to sourceInterface',
};

/** An outcome with its cause. */
export function finding(outcome: Outcome, layer: CauseLayer, code: string, message: string): Finding {
  return { outcome, cause: { layer, code, message } };
}

function unforeseen(syscall: string, code: string): Finding {
  return { ...finding('failed', 'local', code, `${syscall} failed unexpectedly`), isUnforeseen: true };
}

/** By number, as sockets call them: of two names for one number (EAGAIN, EOPNOTSUPP) the other one is left out. */
const ERRNO_NAMES = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => name !== 'EWOULDBLOCK' && name !== 'ENOTSUP')
    .map(([name, errno]) => [errno, name]),
);

/** libuv knows a few that Node does not list, and Node a few that libuv does not know. */
function nameErrno(errno: number): string {
  return errno === 0 ? 'EHANGUP' : (ERRNO_NAMES.get(errno) ?? getSystemErrorName(-errno));
}
