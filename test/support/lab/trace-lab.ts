// A way to trace: a client, three routers that really forward, and a host, joined by veth pairs. Each router has a firewall
// of its own. Its addresses say where they are: 10.82.1.2 is the far end of the link behind the first router.
import type { Child } from './child.ts';
import type { ListenerMethods } from './listener.ts';
import { Namespace } from './namespace.ts';

const LISTENER = new URL('./listener.ts', import.meta.url);
/** Addresses of the host, any of which it answers for. */
const MANY = { ipv4: '10.82.9', ipv6: 'fd82:9:' } as const;

export type Family = 'ipv4' | 'ipv6';

export class TraceLab {
  readonly local = end(0, 1);
  readonly target = end(3, 2);
  /** Where the routers' ICMP errors come from, the nearest router first. */
  readonly hops = {
    ipv4: [0, 1, 2].map((link) => end(link, 2).ipv4),
    ipv6: [0, 1, 2].map((link) => end(link, 2).ipv6),
  };
  /** Where the third router may answer from, once flows are spread: to those that go past the second. */
  readonly shortCut = end(4, 2);
  readonly client: Namespace;
  readonly routers: readonly Namespace[];
  readonly host: Namespace;
  readonly #listeners = new Map<Namespace, Promise<Child<ListenerMethods>>>();

  private constructor(nodes: readonly Namespace[]) {
    const [client, ...others] = nodes;
    const host = others.pop();
    if (client === undefined || host === undefined) throw new Error('a way has two ends');
    this.client = client;
    this.routers = others;
    this.host = host;
  }

  /** Needs what the veth lab needs. */
  static async create(): Promise<TraceLab> {
    const nodes: Namespace[] = [];
    try {
      for (let i = 0; i < 5; i++) nodes.push(await Namespace.create());
      const lab = new TraceLab(nodes);
      await lab.#setUp();
      return lab;
    } catch (error) {
      await Promise.all(nodes.map((node) => node.close()));
      throw error;
    }
  }

  /** The n-th router, from 1. */
  router(n: number): Namespace {
    const router = this.routers[n - 1];
    if (router === undefined) throw new Error(`there is no router ${n}`);
    return router;
  }

  /** One of the host's many addresses, 1 to 250. */
  oneOfMany(family: Family, n: number): string {
    return family === 'ipv4' ? `${MANY.ipv4}.${n}` : `${MANY.ipv6}:${n.toString(16)}`;
  }

  /** Adds a rule to a chain of a node: forward, output, nat_in (before routing) or nat_out (of its own packets). */
  async rule(
    node: Namespace,
    chain: 'forward' | 'output' | 'nat_in' | 'nat_out' | 'count',
    rule: string,
  ): Promise<void> {
    await node.run('nft', ['-f', '-'], `add rule inet lab ${chain} ${rule}\n`);
  }

  /** Listens on a port of a node, both families. */
  async listen(node: Namespace, port: number): Promise<void> {
    let listener = this.#listeners.get(node);
    if (listener === undefined) {
      listener = node.start<ListenerMethods>(LISTENER, { isMeasured: false });
      this.#listeners.set(node, listener);
    }
    await (await listener).call('listen', port);
  }

  /** From now on the first router spreads flows over two ways: by way of the second router, and past it. */
  async spread(): Promise<void> {
    const [first, , third] = this.routers;
    if (first === undefined || third === undefined) throw new Error('three routers');
    await first.ip(`link add short type veth peer name short netns ${third.name}`);
    const [near, far] = [end(4, 1), end(4, 2)];
    await addressed(first, 'short', near);
    await addressed(third, 'short', far);
    // By addresses, ports and protocol. Policy 1 means the same, but between namespaces it would take the sending socket's
    // own random hash, which no wire carries.
    for (const version of ['ipv4', 'ipv6']) {
      await first.sysctl({
        [`${version}/fib_multipath_hash_policy`]: 3,
        [`${version}/fib_multipath_hash_fields`]: 0x37,
      });
    }
    const ways = (family: Family): string => `nexthop via ${end(1, 2)[family]} nexthop via ${far[family]}`;
    await first.ip(`route add 10.82.3.0/24 ${ways('ipv4')}`, `route add fd82:3::/64 ${ways('ipv6')}`);
  }

  /** How many SYNs have come to the n-th router that it could not pass on. */
  async expired(n: number): Promise<number> {
    const ruleset = await this.router(n).run('nft', ['list', 'chain', 'inet', 'lab', 'count']);
    return [...ruleset.matchAll(/packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  }

  async close(): Promise<void> {
    await Promise.all([this.client, ...this.routers, this.host].map((node) => node.close()));
  }

  async #setUp(): Promise<void> {
    const nodes = [this.client, ...this.routers, this.host];
    for (const [link, near] of nodes.slice(0, -1).entries()) {
      const far = nodes[link + 1];
      if (far === undefined) throw new Error('a link has two ends');
      await near.ip(`link add far type veth peer name near netns ${far.name}`);
      await addressed(near, 'far', end(link, 1));
      await addressed(far, 'near', end(link, 2));
    }
    for (const [index, node] of nodes.entries()) {
      await firewalled(node);
      await node.sysctl({ 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 });
      if (node !== this.host) await defaultTo(node, end(index, 2));
      if (index > 1) await routed(node, 0, end(index - 1, 1));
    }
    await defaultTo(this.host, end(3, 1));
    await routed(this.router(3), 9, end(3, 2));
    await this.host.ip('route add local 10.82.9.0/24 dev lo', 'route add local fd82:9::/64 dev lo');
  }
}

/** An end of a link: 1 is nearer to the client, 2 is farther. */
function end(link: number, side: 1 | 2): Readonly<Record<Family, string>> {
  return { ipv4: `10.82.${link}.${side}`, ipv6: link === 0 ? `fd82::${side}` : `fd82:${link}::${side}` };
}

async function addressed(node: Namespace, device: string, { ipv4, ipv6 }: Readonly<Record<Family, string>>) {
  await node.ip(
    `link set ${device} addrgenmode none up`,
    `addr add ${ipv4}/24 dev ${device}`,
    `addr add ${ipv6}/64 dev ${device} nodad`,
    // A router asks for its neighbours from a link-local address.
    `addr add fe80::${ipv6.at(-1) ?? ''}/64 dev ${device} nodad`,
  );
}

async function defaultTo(node: Namespace, via: Readonly<Record<Family, string>>): Promise<void> {
  await node.ip(`route add default via ${via.ipv4}`, `route add ::/0 via ${via.ipv6}`);
}

/** A route to a link of the lab. */
async function routed(node: Namespace, link: number, via: Readonly<Record<Family, string>>): Promise<void> {
  await node.ip(`route add 10.82.${link}.0/24 via ${via.ipv4}`, `route add fd82:${link}::/64 via ${via.ipv6}`);
}

async function firewalled(node: Namespace): Promise<void> {
  const chains = [
    'forward { type filter hook forward priority 0; }',
    'output { type filter hook output priority 0; }',
    'count { type filter hook prerouting priority -300; }',
    'nat_in { type nat hook prerouting priority -100; }',
    'nat_out { type nat hook output priority -100; }',
  ].map((chain) => `add chain inet lab ${chain}`);
  const counters = ['ip ttl 1', 'ip6 hoplimit 1'].map(
    (far) => `add rule inet lab count iifname near ${far} tcp flags syn / syn,ack,rst counter`,
  );
  await node.run('nft', ['-f', '-'], ['add table inet lab', ...chains, ...counters, ''].join('\n'));
}
