// What the operator adds to the address policy: ALLOW_CIDRS, DENY_CIDRS and ALLOW_PORTS, read strictly: an entry that
// could never match is a mistake, and the start says so. It returns blocks and ports; rules.ts gives them a meaning.
// Everything here throws an Error whose one line names the variable, its value and what is wrong with it.
import { parseCidr } from '../net/address.ts';
import type { Cidr } from '../net/address.ts';
import { contains } from './range-table.ts';
import { IPV4_MAPPED, METADATA, NAT64 } from './well-known-blocks.ts';

/** An entry of DENY_CIDRS that denies nothing, because ALLOW_CIDRS goes first and has a block around it. */
export interface Overruled {
  readonly denyCidr: string;
  readonly allowCidr: string;
}

const MAPPED_BLOCK = readCidr(IPV4_MAPPED.name, IPV4_MAPPED.block);
const NAT64_BLOCK = readCidr(NAT64.name, NAT64.block);

export function readAllowCidr(text: string): Cidr {
  const block = readCidr('ALLOW_CIDRS', text);
  if (METADATA.includes(block.text)) {
    throw new Error(`ALLOW_CIDRS: ${JSON.stringify(text)} is a metadata address and never allowed`);
  }
  if (contains(MAPPED_BLOCK, block) || contains(NAT64_BLOCK, block)) throw carriedBlock('ALLOW_CIDRS', text);
  return block;
}

export function readDenyCidr(text: string): Cidr {
  const block = readCidr('DENY_CIDRS', text);
  if (contains(MAPPED_BLOCK, block)) throw carriedBlock('DENY_CIDRS', text);
  return block;
}

/** JSON quoting keeps a stray newline from making two lines of one. */
export function readCidr(source: string, text: string): Cidr {
  const block = parseCidr(text);
  if (typeof block === 'string') throw new Error(`${source}: ${JSON.stringify(text)} ${block}`);
  return block;
}

function carriedBlock(variable: string, text: string): Error {
  return new Error(
    `${variable}: ${JSON.stringify(text)} carries IPv4 addresses, which are judged as such: list their IPv4 block`,
  );
}

/** The ports that ALLOW_PORTS lets through, or null for all of them. */
export function readPorts(texts: readonly string[]): ReadonlySet<number> | null {
  if (texts.length === 0) return null;
  const ports = new Set<number>();
  for (const text of texts) {
    const [, from, to = from] = /^([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?$/.exec(text) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first <= last && last <= 65535)) {
      throw new Error(
        `ALLOW_PORTS: ${JSON.stringify(text)} is neither a port from 1 to 65535 nor a range of them, such as 8000-8999`,
      );
    }
    for (let port = first; port <= last; port++) ports.add(port);
  }
  return ports;
}

/** Entries of DENY_CIDRS inside a block of ALLOW_CIDRS: meant as exceptions, they have no effect. */
export function findOverruled(allow: readonly Cidr[], deny: readonly Cidr[]): readonly Overruled[] {
  return deny.flatMap((denied) => {
    // DENY_CIDRS on NAT64 denies the way to the translator, whatever ALLOW_CIDRS says.
    if (contains(NAT64_BLOCK, denied) || contains(denied, NAT64_BLOCK)) return [];
    const allowed = allow.find((block) => contains(block, denied));
    return allowed === undefined ? [] : [{ denyCidr: denied.text, allowCidr: allowed.text }];
  });
}
