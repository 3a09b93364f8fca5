// Attempts that fail because of their source address or interface. The kernel answers with an errno that routes have too,
// or it sends a SYN that nobody can answer; neither says anything about the target. Pure.
// Seen on Linux 6.18, in a namespace, for both families, every kind of route and every kind of source.
import { constants } from 'node:os';
import type { AddressBytes, AttemptResult, Source } from '../reactor/protocol.ts';
import { formatAddress } from '../net/address.ts';
import { finding, type Finding } from './outcome.ts';

const { EINVAL } = constants.errno;
const LOOPBACK_6 = '::1';

/** The outcome of an attempt that its source made fail; null when the source is not to blame. */
export function outcomeOfSource(result: AttemptResult, address: AddressBytes, source: Source | null): Finding | null {
  if (result.ending === 'local-error' && result.syscall === 'connect' && result.errno === EINVAL) {
    return outcomeOfInvalid(address, source);
  }
  // From ::1 the kernel sends a SYN to any address, and whoever gets it drops it (RFC 4291, section 2.5.3).
  if (result.ending === 'expired' && isLoopback6(source?.address) && !isLoopback6(address)) {
    return failed('EADDRNOTAVAIL', 'nothing but ::1 answers to sourceAddress ::1');
  }
  return null;
}

/**
 * connect(2) says EINVAL for a black hole, for an IPv4 loopback source whose route leaves the host (127.0.0.1 does reach
 * the host's other addresses), and for a link-local address without an interface. With a loopback source, a black hole
 * looks the same and is blamed on the source.
 */
function outcomeOfInvalid(address: AddressBytes, source: Source | null): Finding | null {
  if (source?.address?.family === 4 && source.address.bytes[0] === 127) {
    return failed('EINVAL', 'sourceAddress is a loopback address, from which nothing leaves this host');
  }
  if (isLinkLocal6(address) && (source?.interface ?? null) === null) {
    return failed('EINVAL', 'a link-local address is one of each link: it takes a sourceInterface');
  }
  return null;
}

function failed(code: string, message: string): Finding {
  return finding('failed', 'local', code, message);
}

function isLoopback6(address: AddressBytes | null | undefined): boolean {
  return address?.family === 6 && formatAddress(address.bytes) === LOOPBACK_6;
}

/** fe80::/10. */
function isLinkLocal6({ family, bytes }: AddressBytes): boolean {
  return family === 6 && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
}
