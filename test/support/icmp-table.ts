// Errors that come with an ICMP message, as the kernel pairs them: errno, type, code, outcome.
import { constants } from 'node:os';

const { errno: E } = constants;
/** Linux has it, Node does not list it. */
export const ENONET = 64;

export const ICMP_V4: readonly (readonly [errno: number, type: number, code: number, outcome: string])[] = [
  [E.ENETUNREACH, 3, 0, 'unreachable'],
  [E.EHOSTUNREACH, 3, 1, 'unreachable'],
  [E.ENOPROTOOPT, 3, 2, 'unreachable'],
  [E.ECONNREFUSED, 3, 3, 'rejected'],
  [E.EOPNOTSUPP, 3, 5, 'unreachable'],
  [ENONET, 3, 8, 'unreachable'],
  [E.ENETUNREACH, 3, 9, 'rejected'],
  [E.EHOSTUNREACH, 3, 10, 'rejected'],
  [E.EHOSTUNREACH, 3, 13, 'rejected'],
];
export const ICMP_V6: typeof ICMP_V4 = [
  [E.ENETUNREACH, 1, 0, 'unreachable'],
  [E.EACCES, 1, 1, 'rejected'],
  [E.EHOSTUNREACH, 1, 3, 'unreachable'],
  [E.ECONNREFUSED, 1, 4, 'rejected'],
  [E.EACCES, 1, 5, 'rejected'],
  [E.EACCES, 1, 6, 'rejected'],
];
