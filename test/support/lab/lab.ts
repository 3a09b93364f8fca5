// The packet lab: a namespace with a TUN device, behind which every address answers as the test has scripted it.
// Nothing leaves: the device leads to a process (peer-process.ts), and the namespace has no other way out.
import type { Behaviour, Endpoint, FlowReport, Seen } from './behaviour.ts';
import type { Child } from './child.ts';
import { Dns, RESOLV_CONF } from './dns.ts';
import type { DnsTable } from './dns-table.ts';
import { Namespace, type EtcFiles, type RouteKind } from './namespace.ts';
import type { PeerMethods } from './peer-process.ts';

const DEVICE = 'lab0';

export class Lab {
  /** The namespace's own addresses; `second` is one more of each to bind to. */
  readonly local = { ipv4: '10.77.0.1', ipv6: 'fd77::1', second: { ipv4: '10.77.0.2', ipv6: 'fd77::2' } } as const;
  /** A target and a router on the way; any other address of 10.77.0.0/16 and fd77::/64 does as well. */
  readonly target = { ipv4: '10.77.1.1', ipv6: 'fd77::1:1' } as const;
  readonly router = { ipv4: '10.77.200.1', ipv6: 'fd77::c8:1' } as const;
  readonly device = DEVICE;
  readonly namespace: Namespace;
  readonly #peer: Child<PeerMethods>;

  private constructor(namespace: Namespace, peer: Child<PeerMethods>) {
    this.namespace = namespace;
    this.#peer = peer;
  }

  /** Needs root, /dev/net/tun and iproute2 (availability.ts). `etc` replaces system files, the resolver's among them. */
  static async create(etc: EtcFiles = {}): Promise<Lab> {
    const namespace = await Namespace.create({ 'resolv.conf': RESOLV_CONF, ...etc });
    try {
      const peer = await namespace.start<PeerMethods>(new URL('./peer-process.ts', import.meta.url), {
        args: [DEVICE],
        // Without it a collection waits for helper threads that a busy machine does not run.
        flags: ['--single-threaded-gc', '--expose-gc'],
        isMeasured: false,
      });
      const lab = new Lab(namespace, peer);
      await lab.#setUp();
      return lab;
    } catch (error) {
      await namespace.close();
      throw error;
    }
  }

  /**
   * Scripts an endpoint, for flows that begin from now on. Of several behaviours the k-th is for the k-th flow, and
   * the last one for all after it. What was never scripted is silent.
   */
  async on(endpoint: Endpoint, ...behaviours: [Behaviour, ...Behaviour[]]): Promise<void> {
    await this.#peer.call('on', endpoint, behaviours);
  }

  /** What came from the client for an endpoint since the start or the last clear(), everything sent before this call. */
  seen(endpoint: Endpoint): Promise<Seen> {
    return this.#peer.call('seen', endpoint);
  }

  /** The same, flow by flow, in the order of their first SYN. */
  flows(endpoint: Endpoint): Promise<FlowReport[]> {
    return this.#peer.call('flows', endpoint);
  }

  /** Forgets scripts, flows, counts, and answers that are still to be sent. */
  async clear(): Promise<void> {
    await this.#peer.call('clear');
  }

  /** Starts a module inside; it calls serve() from serve.ts. The lab ends it on close. */
  agent<M extends object>(module: URL): Promise<Child<M>> {
    return this.namespace.start<M>(module);
  }

  /** Starts the namespace's DNS server, which its resolv.conf already names. */
  dns(table: DnsTable): Promise<Dns> {
    return Dns.start(this.namespace, table);
  }

  /** Makes a prefix fail in connect() itself; it should not overlap with the lab's own. */
  route(kind: RouteKind, prefix: string): Promise<void> {
    return this.namespace.route(kind, prefix);
  }

  close(): Promise<void> {
    return this.namespace.close();
  }

  async #setUp(): Promise<void> {
    const { ipv4, ipv6, second } = this.local;
    // The device's queue holds 500 packets by default, less than one burst.
    await this.namespace.ip(
      `link set ${DEVICE} txqueuelen 20000 addrgenmode none up`,
      `addr add ${ipv4}/16 dev ${DEVICE}`,
      `addr add ${second.ipv4}/16 dev ${DEVICE}`,
      `addr add ${ipv6}/64 dev ${DEVICE} nodad`,
      `addr add ${second.ipv6}/64 dev ${DEVICE} nodad preferred_lft 0`,
    );
  }
}
