// (family, address bytes, port) to and from sockaddr_in and sockaddr_in6: ip(7), ipv6(7). Pure.
// The family is in host order, the port and the address in network order; both supported machines are little-endian.
import { AF_INET, AF_INET6 } from './linux.ts';

/** Room for either: sizeof(struct sockaddr_in6). */
export const SOCKADDR_SIZE = 28;
const SOCKADDR_IN_SIZE = 16;
const IN_ADDRESS = 4;
const IN6_ADDRESS = 8;

/**
 * Writes a socket address into `into`, of at least SOCKADDR_SIZE bytes, and returns its length for the kernel.
 * `bytes` holds the address from `offset` on: 4 bytes for family 4, 16 for family 6. `port` is 0..65535.
 */
export function writeSockaddr(
  into: Uint8Array,
  family: 4 | 6,
  bytes: Uint8Array,
  offset: number,
  port: number,
): number {
  const address = family === 4 ? IN_ADDRESS : IN6_ADDRESS;
  const size = family === 4 ? 4 : 16;
  into.fill(0);
  into[0] = family === 4 ? AF_INET : AF_INET6;
  into[2] = port >>> 8;
  into[3] = port & 0xff;
  for (let i = 0; i < size; i++) into[address + i] = bytes[offset + i] ?? 0;
  return family === 4 ? SOCKADDR_IN_SIZE : SOCKADDR_SIZE;
}

export interface SocketName {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly port: number;
}

/** The address and port of a sockaddr_in or sockaddr_in6, null when `from` holds another family. */
export function readSockaddr(from: Uint8Array): SocketName | null {
  const family = (from[0] ?? 0) | ((from[1] ?? 0) << 8);
  const port = ((from[2] ?? 0) << 8) | (from[3] ?? 0);
  if (family === AF_INET) return { family: 4, bytes: from.slice(IN_ADDRESS, IN_ADDRESS + 4), port };
  if (family === AF_INET6) return { family: 6, bytes: from.slice(IN6_ADDRESS, IN6_ADDRESS + 16), port };
  return null;
}
