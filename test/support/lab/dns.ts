// The lab's name server, as a test sees it. It runs as a process inside the namespace (dns-server.ts) at 127.0.0.1.
import type { Child } from './child.ts';
import type { DnsServerMethods } from './dns-server.ts';
import type { Namespace } from './namespace.ts';

/** For the namespace's /etc: one server, and a resolver that gives up after a second instead of ten. */
export const RESOLV_CONF = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n';

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

export class Dns {
  readonly #server: Child<DnsServerMethods>;

  private constructor(server: Child<DnsServerMethods>) {
    this.#server = server;
  }

  /** Resolves when the server listens, over UDP and TCP. One for a namespace; it goes with it. */
  static async start(namespace: Namespace, table: DnsTable): Promise<Dns> {
    const module = new URL('./dns-server.ts', import.meta.url);
    const dns = new Dns(await namespace.start<DnsServerMethods>(module, { isMeasured: false }));
    await dns.#server.call('listen');
    await dns.answer(table);
    return dns;
  }

  /** Replaces the whole table and begins its lists anew. */
  async answer(table: DnsTable): Promise<void> {
    await this.#server.call('answer', table);
  }

  /** What was asked so far. */
  counts(): Promise<DnsCounts> {
    return this.#server.call('counts');
  }
}
