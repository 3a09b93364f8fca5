// IP addresses as bytes. Policy judges bytes and connect(2) takes bytes; text is for people.
// Pure, and strict: what is not the one canonical dotted quad or RFC 4291 text is no address here, whatever inet_aton(3)
// would make of it. The IPv4 path is on the way of every target, so it makes one pass and allocates twice.

export interface Address {
  readonly family: 4 | 6;
  /** Network byte order: 4 bytes or 16. */
  readonly bytes: Uint8Array;
  /** Canonical text: dotted quad, or RFC 5952. */
  readonly text: string;
}

/** A block of addresses; `address` is its first one. */
export interface Cidr {
  readonly address: Address;
  /** 0..32 or 0..128. */
  readonly prefixLength: number;
  readonly text: string;
}

const MAX_IPV6_LENGTH = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length;
const DOT = 0x2e;
const COLON = 0x3a;

/** Four decimal octets without leading zeros: the only spelling that every parser reads alike. Null for all else. */
export function parseIpv4(text: string): Address | null {
  if (text.length < 7 || text.length > 15) return null;
  let bits = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) {
      if (digits > 0 && octet === 0) return null;
      octet = octet * 10 + code - 0x30;
      digits++;
      if (octet > 255) return null;
    } else if (code === DOT && digits > 0) {
      bits = (bits << 8) | octet;
      octet = 0;
      digits = 0;
      dots++;
    } else {
      return null;
    }
  }
  // A fifth octet has pushed the first out of `bits`, so the dots are counted.
  if (dots !== 3 || digits === 0) return null;
  return { family: 4, bytes: Uint8Array.of(bits >>> 16, bits >>> 8, bits, octet), text };
}

/** RFC 4291 section 2.2, an embedded dotted quad included; a zone (`%eth0`) is not part of an address. Null for all else. */
export function parseIpv6(text: string): Address | null {
  if (text.length < 2 || text.length > MAX_IPV6_LENGTH) return null;
  const bytes = new Uint8Array(16);
  let written = 0;
  let gapAt = -1;
  let index = 0;
  if (text.startsWith('::')) {
    gapAt = 0;
    index = 2;
  }
  while (index < text.length) {
    if (written === 16) return null;
    const end = endOfGroup(text, index);
    if (text.charCodeAt(end) === DOT) {
      const quad = parseIpv4(text.slice(index));
      if (quad === null || written > 12) return null;
      bytes.set(quad.bytes, written);
      written += 4;
      break;
    }
    if (end === index) return null;
    const group = Number.parseInt(text.slice(index, end), 16);
    bytes[written] = group >>> 8;
    bytes[written + 1] = group;
    written += 2;
    index = end;
    if (index === text.length) break;
    if (text.charCodeAt(index) !== COLON || ++index === text.length) return null;
    if (text.charCodeAt(index) === COLON) {
      if (gapAt !== -1) return null;
      gapAt = written;
      index++;
    }
  }
  if (!spreadGap(bytes, gapAt, written)) return null;
  return { family: 6, bytes, text: formatAddress(bytes) };
}

export function parseAddress(text: string): Address | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/**
 * Canonical text of 4 or 16 bytes in network order: RFC 5952, with IPv4-mapped addresses as `::ffff:192.0.2.1` (section 5).
 * Throws a RangeError for any other number of bytes.
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const gap = longestZeroRun(view);
  if (gap.at === 0 && gap.groups === 5 && view.getUint16(10) === 0xffff)
    return `::ffff:${bytes.subarray(12).join('.')}`;
  if (gap.groups < 2) return formatGroups(view, 0, 8);
  return `${formatGroups(view, 0, gap.at)}::${formatGroups(view, gap.at + gap.groups, 8)}`;
}

/**
 * `10.0.0.0/8`, `fd00::/8`: an address, a slash, a prefix length, and no bit set behind the prefix.
 * A returned string is the reason why it is none.
 */
export function parseCidr(text: string): Cidr | string {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === null) return 'is not an IPv4 or IPv6 address with a prefix length, such as 10.0.0.0/8';
  const bits = address.bytes.length * 8;
  if (slash === -1) return `has no prefix length: write ${address.text}/${bits} for this one address`;
  const digits = text.slice(slash + 1);
  const prefixLength = /^(0|[1-9][0-9]{0,2})$/.test(digits) ? Number(digits) : Infinity;
  if (prefixLength > bits) return `has a prefix length that is not an integer from 0 to ${bits}`;
  const first = address.bytes.map((byte, index) => byte & networkMask(prefixLength - index * 8));
  const block = `${formatAddress(first)}/${prefixLength}`;
  if (first.some((byte, index) => byte !== address.bytes[index])) return `has host bits set: write ${block}`;
  return { address, prefixLength, text: block };
}

/** The network part of one octet, of whose bits `bits` or more belong to the prefix. */
function networkMask(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

function endOfGroup(text: string, start: number): number {
  let end = start;
  while (end < start + 4 && isHexDigit(text.charCodeAt(end))) end++;
  return end;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** Moves what follows `::` to the end. False unless 16 bytes result and `::` stands for at least one group. */
function spreadGap(bytes: Uint8Array, gapAt: number, written: number): boolean {
  if (gapAt === -1) return written === 16;
  if (written === 16) return false;
  const tailAt = 16 - (written - gapAt);
  bytes.copyWithin(tailAt, gapAt, written);
  bytes.fill(0, gapAt, tailAt);
  return true;
}

/** The longest run of zero groups, and the first of equally long ones (RFC 5952 section 4.2.3). */
function longestZeroRun(view: DataView): { at: number; groups: number } {
  const longest = { at: 0, groups: 0 };
  let groups = 0;
  for (let index = 0; index < 8; index++) {
    groups = view.getUint16(index * 2) === 0 ? groups + 1 : 0;
    if (groups <= longest.groups) continue;
    longest.at = index + 1 - groups;
    longest.groups = groups;
  }
  return longest;
}

function formatGroups(view: DataView, from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index++) {
    if (index > from) text += ':';
    text += view.getUint16(index * 2).toString(16);
  }
  return text;
}
