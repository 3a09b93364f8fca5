// Packets as the TUN device carries them: IPv4 or IPv6 with TCP in, TCP or ICMP out. Pure; it knows no flow and no clock.
// RFC 791, 8200 (IP), 9293 (TCP), 7323 (timestamps), 792 and 4443 (ICMP), 1071 (the checksum).
//
// Written in place and by offset: thousands of packets a second leave no time for garbage collection.

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const PROTOCOL_ICMP = 1;
const PROTOCOL_TCP = 6;
const PROTOCOL_ICMPV6 = 58;

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MSS = 2;
const OPTION_TIMESTAMPS = 8;

/** The two ends of a packet: four bytes each, or sixteen each. */
export interface Ends {
  readonly source: Buffer;
  readonly destination: Buffer;
}

export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
}

export interface ReceivedSegment extends TcpHeader {
  /** TSval of the sender; null without the option. */
  readonly timestamp: number | null;
  readonly payloadBytes: number;
}

export interface Segment extends TcpHeader, Ends {
  readonly window: number;
  /** Maximum segment size to announce; for SYN only. */
  readonly mss?: number;
  /** TSval and TSecr. */
  readonly timestamps: { readonly value: number; readonly echo: number } | null;
  readonly payload: Buffer;
}

export interface IcmpError extends Ends {
  readonly type: number;
  readonly code: number;
  /** The whole packet that is complained about; it is cut to what the RFC lets an error carry. */
  readonly about: Buffer;
}

/**
 * The TCP segment in an IP packet; null for everything else: other protocols, IPv4 options and IPv6 extension headers
 * (Linux puts none before TCP), fragments, stubs.
 */
export function parseSegment(packet: Buffer): ReceivedSegment | null {
  const at = tcpOffset(packet);
  if (at === 0 || packet.length < at + TCP_HEADER_BYTES) return null;
  const dataAt = at + (packet.readUInt8(at + 12) >> 4) * 4;
  if (dataAt < at + TCP_HEADER_BYTES || dataAt > packet.length) return null;
  return {
    sourcePort: packet.readUInt16BE(at),
    destinationPort: packet.readUInt16BE(at + 2),
    seq: packet.readUInt32BE(at + 4),
    ack: packet.readUInt32BE(at + 8),
    flags: packet.readUInt8(at + 13),
    timestamp: findTimestamp(packet, at + TCP_HEADER_BYTES, dataAt),
    payloadBytes: packet.length - dataAt,
  };
}

function tcpOffset(packet: Buffer): number {
  const first = packet[0] ?? 0;
  if (first === 0x45 && packet.length >= IPV4_HEADER_BYTES) {
    const isFragment = (packet.readUInt16BE(6) & 0x3fff) !== 0;
    return !isFragment && packet[9] === PROTOCOL_TCP ? IPV4_HEADER_BYTES : 0;
  }
  const isIpv6 = first >> 4 === 6 && packet.length >= IPV6_HEADER_BYTES;
  return isIpv6 && packet[6] === PROTOCOL_TCP ? IPV6_HEADER_BYTES : 0;
}

function findTimestamp(packet: Buffer, from: number, to: number): number | null {
  let at = from;
  while (at < to) {
    const kind = packet[at];
    if (kind === OPTION_END) return null;
    const length = kind === OPTION_NOP ? 1 : (packet[at + 1] ?? 0);
    if (length < 1 || at + length > to) return null;
    if (kind === OPTION_TIMESTAMPS && length === 10) return packet.readUInt32BE(at + 2);
    at += length;
  }
  return null;
}

/** The addresses of a packet that has a segment; views of it. */
export function endsOf(packet: Buffer): Ends {
  const isIpv6 = packet[0] !== 0x45;
  return isIpv6
    ? { source: packet.subarray(8, 24), destination: packet.subarray(24, 40) }
    : { source: packet.subarray(12, 16), destination: packet.subarray(16, 20) };
}

/** What all packets of one direction of a flow have in common: addresses and ports, as a key for a Map. */
export function flowKey(packet: Buffer): string {
  // They stand side by side in both families.
  return packet[0] === 0x45 ? packet.toString('latin1', 12, 24) : packet.toString('latin1', 8, 44);
}

/** The IP packet that carries this segment, checksums filled in. */
export function buildSegment(segment: Segment): Buffer {
  const { mss, timestamps, payload } = segment;
  const headerBytes = TCP_HEADER_BYTES + (mss === undefined ? 0 : 4) + (timestamps === null ? 0 : 12);
  const packet = beginPacket(segment, PROTOCOL_TCP, headerBytes + payload.length);
  const at = packet.length - headerBytes - payload.length;
  packet.writeUInt16BE(segment.sourcePort, at);
  packet.writeUInt16BE(segment.destinationPort, at + 2);
  packet.writeUInt32BE(segment.seq >>> 0, at + 4);
  packet.writeUInt32BE(segment.ack >>> 0, at + 8);
  packet.writeUInt8((headerBytes / 4) << 4, at + 12);
  packet.writeUInt8(segment.flags, at + 13);
  packet.writeUInt16BE(segment.window, at + 14);
  if (mss !== undefined) packet.writeUInt32BE((OPTION_MSS << 24) | (4 << 16) | mss, at + 20);
  if (timestamps !== null) {
    const optionAt = at + headerBytes - 12;
    packet.writeUInt32BE((OPTION_NOP << 24) | (OPTION_NOP << 16) | (OPTION_TIMESTAMPS << 8) | 10, optionAt);
    packet.writeUInt32BE(timestamps.value >>> 0, optionAt + 4);
    packet.writeUInt32BE(timestamps.echo >>> 0, optionAt + 8);
  }
  payload.copy(packet, at + headerBytes);
  packet.writeUInt16BE(transportChecksum(segment, PROTOCOL_TCP, packet, at), at + 16);
  return packet;
}

/** An ICMP or, for sixteen-byte addresses, ICMPv6 error about a packet. */
export function buildIcmpError(error: IcmpError): Buffer {
  const isIpv6 = error.source.length === 16;
  // An error may fill 576 bytes in IPv4 (RFC 1812) and 1280 in IPv6 (RFC 4443), headers included.
  const quote = error.about.subarray(0, isIpv6 ? 1280 - 48 : 576 - 28);
  const protocol = isIpv6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
  const packet = beginPacket(error, protocol, 8 + quote.length);
  const at = packet.length - 8 - quote.length;
  packet.writeUInt8(error.type, at);
  packet.writeUInt8(error.code, at + 1);
  quote.copy(packet, at + 8);
  const sum = isIpv6 ? transportChecksum(error, protocol, packet, at) : checksum(packet, at);
  packet.writeUInt16BE(sum, at + 2);
  return packet;
}

/** A packet with its IP header written and zeros after it. */
function beginPacket({ source, destination }: Ends, protocol: number, bodyBytes: number): Buffer {
  const isIpv6 = source.length === 16;
  const headerBytes = isIpv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
  // allocUnsafe() takes from Node's pool, alloc() does not.
  const packet = Buffer.allocUnsafe(headerBytes + bodyBytes).fill(0);
  source.copy(packet, isIpv6 ? 8 : 12);
  destination.copy(packet, isIpv6 ? 24 : 16);
  if (isIpv6) {
    packet.writeUInt8(6 << 4, 0);
    packet.writeUInt16BE(bodyBytes, 4);
    packet.writeUInt8(protocol, 6);
    packet.writeUInt8(64, 7);
  } else {
    packet.writeUInt8(0x45, 0);
    packet.writeUInt16BE(packet.length, 2);
    packet.writeUInt16BE(0x4000, 6); // do not fragment
    packet.writeUInt8(64, 8);
    packet.writeUInt8(protocol, 9);
    packet.writeUInt16BE(checksum(packet, 0, headerBytes), 10);
  }
  return packet;
}

// The pseudo header is a sum like the rest, so its fields can be added in any order (RFC 1071).
function transportChecksum({ source, destination }: Ends, protocol: number, packet: Buffer, at: number): number {
  const pseudo = sum16(source, 0, source.length) + sum16(destination, 0, destination.length);
  return checksum(packet, at, packet.length, pseudo + protocol + packet.length - at);
}

/** The Internet checksum of RFC 1071 over a range and a sum to begin with; 0 over data that carries its own. */
export function checksum(bytes: Buffer, from = 0, to = bytes.length, start = 0): number {
  let sum = sum16(bytes, from, to) + start;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function sum16(bytes: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) {
    const low = at + 1 < to ? (bytes[at + 1] ?? 0) : 0;
    sum += ((bytes[at] ?? 0) << 8) | low;
  }
  return sum;
}
