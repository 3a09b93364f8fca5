// DNS messages (RFC 1035) as a name server of one zone without secrets needs them: one question in, addresses out. Pure.
import { isIPv4 } from 'node:net';
import { addressBytes } from './address.ts';

const TYPE_NAMES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const HEADER_BYTES = 12;
/** A pointer to the name at offset 12, which is the question's. */
const NAME_OF_QUESTION = 0xc00c;
const FLAGS_REPLY = 0x8580; // QR, AA, RD, RA
const FLAG_TRUNCATED = 0x0200;

export interface Question {
  readonly id: number;
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly type: string;
  /** As it stood on the wire, to be repeated in the reply. */
  readonly raw: Buffer;
}

export interface ReplyContent {
  readonly rcode: keyof typeof RCODES;
  readonly addresses: readonly string[];
  readonly ttl: number;
}

/** The question of a query; null for what is not a query with one question. */
export function parseQuestion(message: Buffer): Question | null {
  if (message.length < HEADER_BYTES || (message.readUInt16BE(2) & 0x8000) !== 0 || message.readUInt16BE(4) !== 1) {
    return null;
  }
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length).toLowerCase());
    at += length;
  }
  if (at + 4 > message.length) return null;
  const type = message.readUInt16BE(at);
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.'),
    type: TYPE_NAMES[type] ?? `TYPE${type}`,
    raw: message.subarray(HEADER_BYTES, at + 4),
  };
}

/** The reply; addresses of the family that was not asked for are left out. */
export function buildReply(question: Question, { rcode, addresses, ttl }: ReplyContent): Buffer {
  const records = addresses
    .filter((address) => question.type === (isIPv4(address) ? 'A' : 'AAAA'))
    .map((address) => buildRecord(addressBytes(address), ttl));
  return Buffer.concat([buildHeader(question, RCODES[rcode], records.length), question.raw, ...records]);
}

/** The reply as UDP carries it: cut to its header, and marked, where it has more than 512 bytes (RFC 1035, 4.2.1). */
export function truncateReply(question: Question, reply: Buffer): Buffer {
  if (reply.length <= 512) return reply;
  return Buffer.concat([buildHeader(question, FLAG_TRUNCATED, 0), question.raw]);
}

function buildHeader({ id }: Question, flags: number, records: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(FLAGS_REPLY | flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records, 6);
  return header;
}

function buildRecord(address: Buffer, ttl: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(NAME_OF_QUESTION, 0);
  head.writeUInt16BE(address.length === 4 ? 1 : 28, 2);
  head.writeUInt16BE(1, 4); // class IN
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(address.length, 10);
  return Buffer.concat([head, address]);
}
