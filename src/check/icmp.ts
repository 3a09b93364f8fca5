// Says what an ICMP error means for a connect, by RFC 792, RFC 1812 (5.2.7.1) and RFC 4443: a host on the way refuses
// (rejected), or there is no way (unreachable). The words are the RFCs'. Pure.

interface IcmpMeaning {
  readonly outcome: 'rejected' | 'unreachable';
  /** "by <address>" follows. */
  readonly words: string;
}

const rejected = (words: string): IcmpMeaning => ({ outcome: 'rejected', words });
const unreachable = (words: string): IcmpMeaning => ({ outcome: 'unreachable', words });

/** Destination unreachable, by code. */
const V4_TYPE_3: readonly IcmpMeaning[] = [
  unreachable('network reported unreachable'),
  unreachable('host reported unreachable'),
  unreachable('protocol reported unreachable'),
  rejected('port reported unreachable'),
  unreachable('fragmentation reported as needed'),
  unreachable('source route reported as failed'),
  unreachable('destination network reported unknown'),
  unreachable('destination host reported unknown'),
  unreachable('source host reported isolated'),
  rejected('network administratively prohibited'),
  rejected('host administratively prohibited'),
  unreachable('network reported unreachable for this type of service'),
  unreachable('host reported unreachable for this type of service'),
  rejected('communication administratively prohibited'),
  rejected('host precedence violation reported'),
  rejected('precedence cut off'),
];

const V6_TYPE_1: readonly IcmpMeaning[] = [
  unreachable('no route to the destination reported'),
  rejected('communication administratively prohibited'),
  unreachable('destination reported beyond the scope of the source address'),
  unreachable('address reported unreachable'),
  rejected('port reported unreachable'),
  rejected('source address failed the ingress or egress policy'),
  rejected('route to the destination rejected'),
  unreachable('error in the source routing header reported'),
  unreachable('headers reported too long'),
];

const V4_OTHERS: Readonly<Record<number, string>> = {
  11: 'time to live reported as exceeded',
  12: 'parameter problem reported',
};

const V6_OTHERS: Readonly<Record<number, string>> = {
  2: 'packet reported as too big',
  3: 'hop limit reported as exceeded',
  4: 'parameter problem reported',
};

/** The meaning of an ICMP (family 4) or ICMPv6 (family 6) error. An unknown type or code counts as unreachable. */
export function describeIcmp(family: 4 | 6, type: number, code: number): IcmpMeaning {
  const [unreachableType, codes, others] = family === 4 ? [3, V4_TYPE_3, V4_OTHERS] : [1, V6_TYPE_1, V6_OTHERS];
  const unnamed = `ICMP${family === 6 ? 'v6' : ''} type ${type} code ${code} reported`;
  if (type === unreachableType) return codes[code] ?? unreachable(unnamed);
  return unreachable(others[type] ?? unnamed);
}
