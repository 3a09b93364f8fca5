// Who asks, whichever door the question came through: an HTTP request, the command line, a group's schedule. Limits,
// turns and the audit know an asker; none of them knows how it came. This file imports nothing, so that every room may
// name it.

export interface Asker {
  /** Whose token it was; null where nobody is asked for one. */
  readonly principal: string | null;
  /** Where the question came from: an IP address, or the name of a door of this process. */
  readonly from: string;
  /** Names this one request in the log. */
  readonly id: string;
  /** Who asks in its name, where a vantage of the fleet does. */
  readonly via?: string;
}

/**
 * The caller that limits and turns are counted by: the token's name, without tokens where the question came from. Of an
 * IPv6 address that is its network, for a host has a /64 of addresses to choose from.
 */
export function callerOf({ principal, from }: Asker): string {
  return principal ?? (from.includes(':') ? networkOf(from) : from);
}

/** The first 64 bits of an IPv6 address as the system writes it, or the IPv4 address that it carries. */
function networkOf(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const given = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - given.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...given];
  return `${all.slice(0, 4).join(':')}::/64`;
}
