// The lab's name server, as a test sees it. It runs as a process inside the namespace (dns-server.ts) at 127.0.0.1.
import type { Child } from './child.ts';
import type { DnsServerMethods } from './dns-server.ts';
import type { DnsCounts, DnsTable } from './dns-table.ts';
import type { Namespace } from './namespace.ts';

/** For the namespace's /etc: one server, and a resolver that gives up after a second instead of ten. */
export const RESOLV_CONF = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n';

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
