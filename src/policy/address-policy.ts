// Which endpoints reachd connects to: a pure function from the bytes of an address and a port to a named verdict.
// It sees no names, no sockets and no requests; whoever asks connects to exactly the bytes that were judged.
// It denies what it does not understand. A wrong configuration makes it throw, an address never does.
import type { Address } from '../net/address.ts';
import { findIdle } from './idle.ts';
import { NOT_UNDERSTOOD, OWN_HALF_OPEN, PORT_NOT_ALLOWED, describePolicy, layersOf } from './rules.ts';
import type { Block, Layers, PolicyDescription, PolicyOptions, Verdict } from './rules.ts';
import { findOverruled, readPorts } from './settings.ts';
import type { Overruled } from './settings.ts';
import { RangeTable } from './range-table.ts';

/** Who asks, and for what. A caller is local when its connection comes from this host. By default it is not. */
export interface Caller {
  readonly local: boolean;
  /** The check is half-open: the target's application never sees it. By default it is not. */
  readonly halfOpen?: boolean;
}

export interface AddressPolicy {
  /** The first of these with a verdict decides: metadata, nat64, own-endpoint, allow-ports, allow-cidrs, deny-cidrs, the preset. */
  readonly judge: (address: Address, port: number, caller?: Caller) => Verdict;
  /** The same object for all ports that are judged alike, whatever the address. `halfOpen`: see Caller. */
  readonly alike: (port: number, halfOpen: boolean) => object;
  /** What is in force, fit for JSON. */
  readonly description: PolicyDescription;
  /** For a warning at the start. */
  readonly overruled: readonly Overruled[];
  /** Blocks of ALLOW_CIDRS that allow nothing more. */
  readonly idle: readonly string[];
}

const STRANGER: Caller = { local: false };
const NEIGHBOUR: Caller = { local: true };

/** The rules of one address family, as tables in order of precedence. An address comes as words; see RangeTable. */
class FamilyRules {
  readonly #metadata: RangeTable<Verdict | null>;
  readonly #nat64: RangeTable<Verdict | null>;
  readonly #own: RangeTable<Verdict | null>;
  readonly #allow: RangeTable<Verdict | null>;
  readonly #deny: RangeTable<Verdict | null>;
  readonly #preset: RangeTable<Verdict>;
  readonly #ownPort: number;
  readonly #ports: ReadonlySet<number> | null;

  constructor(layers: Layers, family: 4 | 6, ownPort: number, ports: ReadonlySet<number> | null) {
    const ours = (blocks: readonly Block[]): readonly Block[] =>
      blocks.filter(([block]) => block.address.family === family);
    this.#metadata = new RangeTable<Verdict | null>(ours(layers.metadata), null);
    this.#nat64 = new RangeTable<Verdict | null>(ours(layers.nat64), null);
    this.#own = new RangeTable<Verdict | null>(ours(layers.own), null);
    this.#allow = new RangeTable<Verdict | null>(ours(layers.allow), null);
    this.#deny = new RangeTable<Verdict | null>(ours(layers.deny), null);
    this.#preset = new RangeTable(ours(layers.preset), NOT_UNDERSTOOD);
    this.#ownPort = ownPort;
    this.#ports = ports;
  }

  /** `barred`: the verdict on the translator that leads to the address, if any. Only metadata goes before it. */
  judge(
    port: number,
    { local, halfOpen = false }: Caller,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    barred: Verdict | null = null,
  ): Verdict {
    return (
      this.#metadata.find(w0, w1, w2, w3) ??
      barred ??
      (port === this.#ownPort && (halfOpen || !local) ? this.#judgeOwn(halfOpen, local, w0, w1, w2, w3) : null) ??
      (this.#ports === null || this.#ports.has(port) ? null : PORT_NOT_ALLOWED) ??
      this.#allow.find(w0, w1, w2, w3) ??
      this.#deny.find(w0, w1, w2, w3) ??
      this.#preset.find(w0, w1, w2, w3)
    );
  }

  /**
   * Whoever asks is talking to this port already, so a half-open check of it gives nothing away and takes no connection.
   * The unspecified addresses are no addresses of this host, though connect(2) takes them for loopback.
   */
  #judgeOwn(halfOpen: boolean, local: boolean, w0: number, w1: number, w2: number, w3: number): Verdict | null {
    const own = this.#own.find(w0, w1, w2, w3);
    if (own === null) return null;
    if (halfOpen && (w0 | w1 | w2 | w3) !== 0) return OWN_HALF_OPEN;
    return local ? null : own;
  }

  /** A verdict against a NAT64 address itself, whatever IPv4 address it carries; null when there is none. */
  bar(w0: number, w1: number, w2: number, w3: number): Verdict | null {
    return this.#nat64.find(w0, w1, w2, w3) ?? this.#deny.find(w0, w1, w2, w3);
  }
}

/** Throws an Error whose one line names the variable, its value and what is wrong with it. */
export function buildPolicy(options: PolicyOptions): AddressPolicy {
  const layers = layersOf(options);
  const ports = readPorts(options.allowPorts);
  const ownPort = options.listening.port;
  const ipv4 = new FamilyRules(layers, 4, ownPort, ports);
  const ipv6 = new FamilyRules(layers, 6, ownPort, ports);
  // Judging is synchronous, so one scratch key serves all calls, and no call allocates.
  const key = new Uint8Array(16);
  const words = new DataView(key.buffer);

  function judge({ family, bytes }: Address, port: number, caller: Caller = STRANGER): Verdict {
    const isEndpoint = bytes.length === (family === 4 ? 4 : 16) && Number.isInteger(port) && port >= 1 && port <= 65535;
    if (!isEndpoint) return NOT_UNDERSTOOD;
    key.set(bytes);
    const word0 = words.getUint32(0);
    if (family === 4) return ipv4.judge(port, caller, word0, 0, 0, 0);
    const word1 = words.getUint32(4);
    const word2 = words.getUint32(8);
    const word3 = words.getUint32(12);
    // IPv4-mapped, ::ffff:0:0/96: what the kernel sends is IPv4.
    if (word0 === 0 && word1 === 0 && word2 === 0xffff) return ipv4.judge(port, caller, word3, 0, 0, 0);
    // NAT64, 64:ff9b::/96 (RFC 6052): a translator sends IPv4. The way to it is IPv6, which the operator may have denied.
    // It leads elsewhere first, so half-open or not, it is no check of this host's own port.
    if (word0 === 0x64ff9b && word1 === 0 && word2 === 0) {
      const bar = ipv6.bar(word0, word1, word2, word3);
      return ipv4.judge(port, caller.local ? NEIGHBOUR : STRANGER, word3, 0, 0, 0, bar);
    }
    return ipv6.judge(port, caller, word0, word1, word2, word3);
  }

  const [own, ownHalfOpen, allowed, others] = [{}, {}, {}, {}];
  const alike = (port: number, halfOpen: boolean): object =>
    port === ownPort ? (halfOpen ? ownHalfOpen : own) : ports === null || ports.has(port) ? allowed : others;

  const blocksOf = (layer: readonly Block[]) => layer.map(([block]) => block);
  const overruled = findOverruled(blocksOf(layers.allow), blocksOf(layers.deny));
  return { judge, alike, description: describePolicy(options, layers), overruled, idle: findIdle(layers) };
}
