// Turns an attempt's raw facts, the kernel's evidence, into one of the closed set of outcomes, with a cause.
// Pure: it must not know descriptors, threads or clocks.
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { AttemptResult, IcmpFacts, TcpFacts } from '../reactor/protocol.ts';
import { formatAddress } from '../net/address.ts';
import { describeIcmp } from './icmp.ts';

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

export const CAUSE_LAYERS = [
  'tcp',
  'tls',
  'icmp',
  'dns',
  'policy',
  'local',
  'deadline',
  'expectation',
  'fleet',
] as const;
export type CauseLayer = (typeof CAUSE_LAYERS)[number];

/** Why a target is not open, why an open one is not well, or why it is not as expected (layer `expectation`). */
export interface Cause {
  readonly layer: CauseLayer;
  /** An errno name, a resolver's code, a code of OpenSSL's, or the name of a policy rule. */
  readonly code: string;
  readonly message: string;
  readonly icmp?: { readonly type: number; readonly code: number; readonly from: string };
}

/** The outcome of one attempt, or of one lookup, and why. */
export interface Finding {
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  /** No table expects this errno from this call: worth a line in the log. */
  readonly isUnforeseen?: true;
}

const OPEN: Finding = { outcome: 'open', cause: null };

/** The outcome of an attempt, and why it is not open. Every ending has an arm. */
export function outcomeOf(result: AttemptResult): Finding {
  switch (result.ending) {
    case 'established':
    case 'handed-over':
      return OPEN;
    case 'self-connected':
      return finding('refused', 'tcp', 'ECONNREFUSED', 'nothing listens there: the connect met itself');
    case 'error':
      return outcomeOfError(result);
    case 'local-error':
      return outcomeOfLocalError(result);
    case 'expired':
      return outcomeOfExpired(result);
    case 'cut-short':
      return CUT_SHORT;
    case 'not-started':
      return NOT_STARTED;
    case 'cancelled':
      return finding('cancelled', 'local', 'ECANCELED', 'cancelled before there was an answer');
    case 'lost':
      return finding('failed', 'local', 'worker-lost', 'the reactor was lost while the attempt was under way');
  }
}

export const NOT_STARTED = finding(
  'failed',
  'deadline',
  'not-started',
  'the request’s deadline passed before it was its turn',
);
export const CUT_SHORT = finding(
  'failed',
  'deadline',
  'cut-short',
  'the request’s deadline passed before the target’s own time was over',
);

/** Silence is the target's only where a SYN left this machine. An answer that came after its time is none. */
function outcomeOfExpired({ tcp }: AttemptResult): Finding {
  if (tcp?.segsOut === 0) {
    return finding('failed', 'local', 'not-sent', 'the kernel never started the connect');
  }
  const again = tcp?.synRetransmits ?? 0;
  const sent = again === 0 ? 'one SYN' : `${again + 1} SYNs`;
  return finding('timeout', 'deadline', 'ETIMEDOUT', `no answer to ${sent} within the timeout`);
}

/** The kernel reported an error for the connect. One errno has several origins; TCP_INFO and ICMP tell which. */
function outcomeOfError({ errno, tcp, icmp }: AttemptResult): Finding {
  const code = nameErrno(errno);
  if (tcp !== null && wasEstablished(tcp, code)) return outcomeAfterHandshake(code, icmp);
  if (icmp !== null) return outcomeOfIcmp(code, icmp);
  switch (code) {
    case 'ECONNREFUSED':
      return tcp !== null && tcp.segsIn > 0
        ? finding('refused', 'tcp', code, "RST from the target's address, which a firewall can forge")
        : finding('rejected', 'icmp', code, 'port unreachable, from a sender unknown');
    case 'ECONNRESET': // RST to a simultaneous open (RFC 9293, section 3.5), which never became a connection.
      // A disconnect of our own leaves the same errno. If no segment came in, the target did not say it.
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
 * The kernel keeps the SYN-ACK's round trip when the connection is gone. After a retransmitted SYN it has none. Then the
 * errno decides: an RST to a connection gives ECONNRESET or EPIPE. `segsIn` cannot decide alone, because it also counts
 * segments with a wrong acknowledgement.
 */
function wasEstablished(tcp: TcpFacts, code: string): boolean {
  if (tcp.rttUs > 0) return true;
  return tcp.synRetransmits > 0 && tcp.segsIn > 1 && (code === 'ECONNRESET' || code === 'EPIPE');
}

function outcomeAfterHandshake(code: string, icmp: IcmpFacts | null): Finding {
  if (icmp !== null) return { ...outcomeOfIcmp(code, icmp), outcome: 'open' };
  const what = code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : code;
  return finding('open', 'tcp', code, `${what} right after the handshake`);
}

function outcomeOfIcmp(code: string, icmp: IcmpFacts): Finding {
  const { type, code: icmpCode } = icmp;
  const from = formatAddress(icmp.from.bytes);
  const { outcome, words } = describeIcmp(icmp.from.family, type, icmpCode);
  return {
    outcome,
    cause: { layer: 'icmp', code, message: `${words} by ${from}`, icmp: { type, code: icmpCode, from } },
  };
}

/** A system call failed here. Only the routing table's errors say something about the target's network. */
function outcomeOfLocalError({ syscall, errno, tcp }: AttemptResult): Finding {
  const code = nameErrno(errno);
  if (syscall === 'connect') {
    const routeError = ROUTE_ERRORS[code];
    if (routeError !== undefined) return routeError;
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

/** connect(2) returns these before any packet leaves: ip-route(8) types unreachable, prohibit and blackhole, or no route. */
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

/** Names by number. Where a number has two names, the one that sockets use stays: EAGAIN, EOPNOTSUPP. */
const ERRNO_NAMES = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => name !== 'EWOULDBLOCK' && name !== 'ENOTSUP')
    .map(([name, errno]) => [errno, name]),
);

/** Asks both tables: libuv knows a few names that Node does not list, and Node a few that libuv does not know. */
function nameErrno(errno: number): string {
  return errno === 0 ? 'EHANGUP' : (ERRNO_NAMES.get(errno) ?? getSystemErrorName(-errno));
}
