// Two namespaces joined by a veth pair: a client, and a host with a real kernel whose firewall drops and rejects.
// What the TUN lab plays, this one proves to be what Linux really sends.
import type { Child } from './child.ts';
import type { ListenerMethods } from './listener.ts';
import { Namespace, type RouteKind } from './namespace.ts';

export const ICMP_REJECTIONS = [
  'net-unreachable',
  'host-unreachable',
  'prot-unreachable',
  'port-unreachable',
  'net-prohibited',
  'host-prohibited',
  'admin-prohibited',
] as const;

export const ICMPV6_REJECTIONS = [
  'no-route',
  'admin-prohibited',
  'addr-unreachable',
  'port-unreachable',
  'policy-fail',
  'reject-route',
] as const;

/** What the host's firewall does with a connection; an ICMP reason is for its own family only. */
export type Verdict =
  'drop' | 'tcp reset' | `icmp ${(typeof ICMP_REJECTIONS)[number]}` | `icmpv6 ${(typeof ICMPV6_REJECTIONS)[number]}`;

const DEVICE = 'veth0';

export class VethLab {
  readonly local = { ipv4: '10.78.0.1', ipv6: 'fd78::1' } as const;
  readonly target = { ipv4: '10.78.0.2', ipv6: 'fd78::2' } as const;
  /** On the link, and nobody answers for it: the kernel gives up on its neighbour after about three seconds. */
  readonly nobody = { ipv4: '10.78.0.99', ipv6: 'fd78::99' } as const;
  readonly client: Namespace;
  readonly host: Namespace;
  readonly #listener: Child<ListenerMethods>;

  private constructor(client: Namespace, host: Namespace, listener: Child<ListenerMethods>) {
    this.client = client;
    this.host = host;
    this.#listener = listener;
  }

  /** Needs what the TUN lab needs, and nftables. */
  static async create(): Promise<VethLab> {
    const client = await Namespace.create();
    const host = await Namespace.create();
    try {
      const module = new URL('./listener.ts', import.meta.url);
      const lab = new VethLab(client, host, await host.start<ListenerMethods>(module, { isMeasured: false }));
      await lab.#setUp();
      return lab;
    } catch (error) {
      await Promise.all([client.close(), host.close()]);
      throw error;
    }
  }

  /** Adds a rule for one port of the host; the first one that fits a packet decides. */
  async filter(port: number, verdict: Verdict): Promise<void> {
    const action = verdict === 'drop' ? 'drop' : `reject with ${verdict}`;
    const family = /^icmp(v6)? /.exec(verdict);
    const condition = family === null ? '' : `meta nfproto ${family[1] === undefined ? 'ipv4' : 'ipv6'}`;
    await this.host.run('nft', ['-f', '-'], `add rule inet lab input ${condition} tcp dport ${port} ${action}\n`);
  }

  /** Listens on a port of the host, both families; accepted connections are counted, read, and ended when the client ends. */
  async listen(port: number): Promise<void> {
    await this.#listener.call('listen', port);
  }

  /** Connections that came out of accept() on that port. */
  accepted(port: number): Promise<number> {
    return this.#listener.call('accepted', port);
  }

  /** Starts a module in the client's namespace; it calls serve() from serve.ts. */
  agent<M extends object>(module: URL): Promise<Child<M>> {
    return this.client.start<M>(module);
  }

  /** Makes a prefix fail in the client's connect() itself. */
  route(kind: RouteKind, prefix: string): Promise<void> {
    return this.client.route(kind, prefix);
  }

  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.host.close()]);
  }

  async #setUp(): Promise<void> {
    await this.client.ip(`link add ${DEVICE} type veth peer name ${DEVICE} netns ${this.host.name}`);
    const ends = [
      [this.client, this.local],
      [this.host, this.target],
    ] as const;
    for (const [end, { ipv4, ipv6 }] of ends) {
      await end.ip(
        `link set ${DEVICE} addrgenmode none up`,
        `addr add ${ipv4}/24 dev ${DEVICE}`,
        `addr add ${ipv6}/64 dev ${DEVICE} nodad`,
      );
    }
    // Linux sends one ICMP error a second to an address; a table of rejections needs more.
    await this.host.sysctl({ 'ipv4/icmp_ratelimit': 0, 'ipv6/icmp/ratelimit': 0 });
    const table = ['add table inet lab', 'add chain inet lab input { type filter hook input priority 0; }', ''];
    await this.host.run('nft', ['-f', '-'], table.join('\n'));
  }
}
