// What the lab's name server answers and what it was asked: between a test (dns.ts) and its process (dns-server.ts).

export interface DnsAnswer {
  /** Of both families; a question for the family that is missing gets NODATA. Default none. */
  readonly addresses?: readonly string[];
  /** Default NOERROR. */
  readonly rcode?: 'NOERROR' | 'SERVFAIL' | 'NXDOMAIN' | 'REFUSED';
  /** No reply at all. */
  readonly isSilent?: boolean;
  readonly afterMs?: number;
  /** In seconds; default 0. */
  readonly ttl?: number;
}

/**
 * By name, in lower case and without the last dot; `*` is for every other name, and NXDOMAIN where it is missing.
 * Of several answers the k-th is for the k-th question of each type, and the last one for all after it.
 */
export type DnsTable = Readonly<Record<string, DnsAnswer | readonly DnsAnswer[]>>;

/** Questions by name, then by type, as the wire names it: `{ 'db.lab': { A: 1, AAAA: 1 } }`. */
export type DnsCounts = Readonly<Record<string, Readonly<Partial<Record<string, number>>>>>;
