// How the examples of the document name reachd's own port. They run as they stand wherever reachd listens, because the
// policy lets everybody check that port, half-open.
import type { Config } from '../../config/settings.ts';
import { parseAddress } from '../../net/address.ts';
import { isLoopback } from '../../net/loopback.ts';

export interface OwnPort {
  /** With brackets where they belong: `127.0.0.1:8080`. */
  readonly target: string;
  /** An address, or the name that HOST is. */
  readonly host: string;
  /** A name that leads there, or `host` where none is known. */
  readonly name: string;
  readonly family: 'any' | 'ipv4' | 'ipv6';
  readonly port: number;
}

/** `host`: where reachd listens, or will. Every wildcard is reached by 127.0.0.1. */
export function ownPort({ host: bound, port }: Pick<Config, 'host' | 'port'>): OwnPort {
  const address = parseAddress(bound);
  const isWildcard = address?.bytes.every((byte) => byte === 0) === true;
  const host = isWildcard || bound.toLowerCase() === 'localhost' ? '127.0.0.1' : (address?.text ?? bound);
  const parsed = parseAddress(host);
  return {
    target: `${parsed?.family === 6 ? `[${host}]` : host}:${port}`,
    host,
    name: isLoopback(host) ? 'localhost' : host,
    family: parsed === null ? 'any' : parsed.family === 4 ? 'ipv4' : 'ipv6',
    port,
  };
}
