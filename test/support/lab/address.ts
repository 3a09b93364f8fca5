// Addresses as bytes and as text, for the packet lab. The lab has its own, so that a slip in the product's
// parser cannot hide behind the same slip here.
import { isIPv4 } from 'node:net';

/** Four bytes for a dotted quad, sixteen for anything RFC 4291 allows; throws TypeError on other text. */
export function addressBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  const [head = '', tail] = canonical(text).split('::');
  const front = groups(head);
  const back = groups(tail ?? '');
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...front, ...zeros, ...back].forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

/** Dotted quad for four bytes, RFC 5952 for sixteen. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return canonical(words.join(':'));
}

// The URL parser writes IPv6 hosts as RFC 5952 does, save that it keeps an embedded IPv4 part in hex.
function canonical(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
