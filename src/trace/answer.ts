// What came back for one probe, read off the raw facts of its attempt. Pure.
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { formatAddress } from '../net/address.ts';
import { describeIcmp } from '../check/icmp.ts';
import type { AttemptResult, IcmpFacts } from '../reactor/protocol.ts';

export type Answer =
  /** The SYN ended at a router, which says so. */
  | { readonly kind: 'hop'; readonly address: string; readonly latencyMs: number }
  | { readonly kind: 'silence' }
  /** No probe was sent: the routers at that distance have been asked as often as they answer. */
  | { readonly kind: 'unasked' }
  | { readonly kind: 'syn-ack' | 'rst' }
  /** Any other ICMP error: somebody rejects the SYN, or knows no way. */
  | { readonly kind: 'icmp'; readonly from: string; readonly words: string }
  /** The request's deadline has passed, or its caller has left. */
  | { readonly kind: 'over' }
  /** This host cannot send the probe. */
  | { readonly kind: 'unable'; readonly code: string };

/** What the target was asked for, and answered: by itself or by something in its place. */
export type TargetAnswer = Extract<Answer, { readonly kind: 'syn-ack' | 'rst' | 'icmp' }>;

const { EADDRINUSE, ECONNREFUSED, ECONNRESET } = constants.errno;
const ICMP_TIME_EXCEEDED = 11;
const ICMPV6_TIME_EXCEEDED = 3;

export function answerOf(result: AttemptResult): Answer {
  switch (result.ending) {
    case 'established':
    case 'handed-over':
      return { kind: 'syn-ack' };
    case 'self-connected':
      return { kind: 'rst' };
    case 'error':
      return answerOfError(result);
    case 'local-error':
      return unable(result.errno);
    case 'expired':
      return { kind: 'silence' };
    case 'cut-short':
    case 'not-started':
    case 'cancelled':
      return { kind: 'over' };
    case 'lost':
      return { kind: 'unable', code: 'worker-lost' };
  }
}

/** Whether the probe’s source port belongs to somebody else by now. */
export function isPortTaken({ ending, syscall, errno }: AttemptResult): boolean {
  return ending === 'local-error' && syscall === 'bind' && errno === EADDRINUSE;
}

export function isTargetAnswer(answer: Answer): answer is TargetAnswer {
  return answer.kind === 'syn-ack' || answer.kind === 'rst' || answer.kind === 'icmp';
}

function answerOfError({ errno, tcp, icmp, latencyMs }: AttemptResult): Answer {
  if (tcp !== null && tcp.rttUs > 0) return { kind: 'syn-ack' }; // Reset right after the handshake.
  if (icmp !== null) return answerOfIcmp(icmp, latencyMs ?? 0);
  const isRst = (errno === ECONNREFUSED || errno === ECONNRESET) && tcp !== null && tcp.segsIn > 0;
  return isRst ? { kind: 'rst' } : unable(errno);
}

function unable(errno: number): Answer {
  return { kind: 'unable', code: errno === 0 ? 'EHANGUP' : getSystemErrorName(-errno) };
}

function answerOfIcmp({ type, code, from }: IcmpFacts, latencyMs: number): Answer {
  // To an IPv4-mapped address IPv4 is sent, and the kernel maps the sender of its ICMP errors too.
  const family = from.family === 4 || isMapped(from.bytes) ? 4 : 6;
  const address = formatAddress(from.bytes);
  if (type === (family === 4 ? ICMP_TIME_EXCEEDED : ICMPV6_TIME_EXCEEDED)) return { kind: 'hop', address, latencyMs };
  return { kind: 'icmp', from: address, words: `${describeIcmp(family, type, code).words} by ${address}` };
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}
