// Targets: host and port as the caller wrote them, parsed strictly. A host is one of exactly three things: a canonical
// dotted quad, an IPv6 address without zone, or a plain DNS name. Whatever else getaddrinfo(3) would understand
// ("127.1", "0x7f.1", full-width digits, control characters) is refused here and never reaches it.
// A refusal is a phrase for the caller, returned and not thrown: it is a usual answer to someone's first request.
import { domainToASCII, domainToUnicode } from 'node:url';
import { parseAddress, parseIpv6 } from '../net/address.ts';
import type { Address } from '../net/address.ts';

export interface Target {
  /** `host:port` or `[v6]:port`, the canonical spelling that results carry: names in lower case, no trailing dot. */
  readonly text: string;
  /**
   * The name to resolve, or the literal's canonical spelling. A name is in lower case (DNS does not tell case apart) and
   * keeps a trailing dot: to the resolver it means "absolute", and without it a search list could answer for another name.
   */
  readonly host: string;
  readonly port: number;
  /** The parsed address when the host is a literal, null when it is a name. */
  readonly address: Address | null;
}

const SCHEME = 'tcp://';
/** RFC 1035 section 2.3.4 as text: without the length octets and the root's dot. */
const MAX_NAME = 253;
const MAX_TARGET = SCHEME.length + MAX_NAME + '.:65535'.length;
const BAD_PORT = 'port must be an integer from 1 to 65535';

// No quantifier below can match one character in two ways, so each test takes linear time.
// Letters of both cases are listed: lower-casing first would turn the Kelvin sign into a plain k.
const NAME = /^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/;
const NUMBER_AT_END = /(?:^|\.)(?:[0-9]+|0[Xx][0-9A-Fa-f]*)$/;
const PUNYCODE_LABEL = /(?:^|\.)xn--/;

/** Reads `host:port`, `[v6]:port`, or either of them after `tcp://`. A returned string is the reason why it is no target. */
export function parseTarget(text: string): Target | string {
  if (text.length > MAX_TARGET) return `target must not be longer than ${MAX_TARGET} characters`;
  const rest = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : text;
  const colon = rest.lastIndexOf(':');
  const port = colon === -1 ? 0 : parsePort(rest, colon + 1);
  const target = port === 0 ? BAD_PORT : readAuthority(rest.slice(0, colon), port);
  return typeof target === 'string' ? (explainCharacters(rest) ?? explainColons(rest) ?? target) : target;
}

/**
 * The object form: a host without brackets, and a port. A returned string is the reason why it is no target.
 * The port is checked again here, so that no target exists with one that connect(2) would truncate.
 */
export function targetOf(host: string, port: number): Target | string {
  if (!Number.isInteger(port) || port < 1 || port > 65535) return BAD_PORT;
  const address = parseAddress(host);
  if (address !== null) return literalTarget(address, port);
  const fault = explainName(host);
  if (fault !== null) return fault;
  const name = host.toLowerCase();
  return { text: formatTarget(withoutTrailingDot(name), port), host: name, port, address: null };
}

/** `host:port`, or `[host]:port` when the host is an IPv6 address. */
export function formatTarget(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function literalTarget(address: Address, port: number): Target {
  return { text: formatTarget(address.text, port), host: address.text, port, address };
}

function readAuthority(host: string, port: number): Target | string {
  if (host.startsWith('[')) {
    const address = host.endsWith(']') ? parseIpv6(host.slice(1, -1)) : null;
    return address === null ? 'host in brackets must be an IPv6 address' : literalTarget(address, port);
  }
  return host.includes(':')
    ? 'host must not contain a colon: an IPv6 address needs brackets, such as [::1]:80'
    : targetOf(host, port);
}

/** The port that `text` ends in, from `start` on; 0 unless it is 1 to 65535, in digits alone and without leading zeros. */
function parsePort(text: string, start: number): number {
  if (text.length - start > 5 || text.charCodeAt(start) === 0x30) return 0;
  let port = 0;
  for (let index = start; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return 0;
    port = port * 10 + digit;
  }
  return port > 65535 ? 0 : port;
}

function withoutTrailingDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** Why a host that is no address is no name either; null when it is one. */
function explainName(host: string): string | null {
  if (host === '') return 'host is empty';
  const name = withoutTrailingDot(host);
  if (name.length > MAX_NAME) return `host must not be longer than ${MAX_NAME} characters`;
  if (!NAME.test(name)) return explainCharacters(host) ?? explainLabels(name);
  if (NUMBER_AT_END.test(name)) {
    return 'host looks like a number: an IPv4 address is four decimal octets without leading zeros, such as 127.0.0.1';
  }
  const lower = name.toLowerCase();
  // What IDNA maps to another name would be resolved as one name and shown as another.
  if (PUNYCODE_LABEL.test(lower) && domainToASCII(domainToUnicode(lower)) !== lower) {
    return 'host has a label in punycode (xn--) that does not stand for an internationalized name';
  }
  return null;
}

function explainLabels(name: string): string {
  if (name.startsWith('[')) return 'host is an address or a name, without brackets and without a port';
  if (name.includes(':')) return 'host with a colon must be an IPv6 address: a port has its own field';
  if (name.split('.').includes('')) return 'host has an empty label between its dots';
  if (name.split('.').some((label) => label.length > 63)) return 'host has a label longer than 63 characters';
  return 'host must consist of letters, digits, hyphens, underscores and dots';
}

/** What a newcomer types first, and what has no place in a target or a host at all. */
function explainCharacters(text: string): string | null {
  if (text.includes('://')) return 'only tcp:// is understood before host:port';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x20\x7f]/.test(text)) return 'target must not contain spaces or control characters';
  // eslint-disable-next-line no-control-regex -- all of ASCII
  if (/[^\x00-\x7f]/.test(text)) return 'host must be ASCII: write an internationalized name in its xn-- form';
  if (text.includes('@')) return 'a user name (@) has no place in a target: write host:port';
  if (/[/?#\\]/.test(text)) return 'a path has no place in a target: write host:port';
  if (text.includes('%')) return 'neither IPv6 zones nor percent-encoding (%) are understood';
  return null;
}

/** What is wrong about the colons of a target that could not be read; null when the colons are not the matter. */
function explainColons(rest: string): string | null {
  if (rest === '') return 'target is empty: write host:port';
  const bracket = rest.indexOf(']');
  if (rest.startsWith('[') && bracket !== -1) {
    return rest.length === bracket + 1 || rest.endsWith(']:') ? 'port is missing: write [address]:port' : null;
  }
  if (parseIpv6(rest) !== null) return 'an IPv6 address needs brackets and a port, such as [::1]:80';
  return !rest.includes(':') || rest.indexOf(':') === rest.length - 1 ? 'port is missing: write host:port' : null;
}
