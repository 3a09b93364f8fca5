// The rules of the address policy: which blocks each one covers, what it says about them, and what the operator may add.
// It reads configuration and gives blocks with verdicts; judging an address by them is address-policy.ts.
import { parseAddress, parseCidr } from './address.ts';
import type { Cidr } from './address.ts';
import { REGISTRIES_AS_OF, SPECIAL_PURPOSE } from './special-purpose.ts';

export const PRESETS = ['cluster', 'public-only', 'allowlist'] as const;
export type Preset = (typeof PRESETS)[number];

export interface PolicyOptions {
  readonly preset: Preset;
  /** `10.0.0.0/8`, without host bits. They go before `denyCidrs`, and both before the preset. */
  readonly allowCidrs: readonly string[];
  readonly denyCidrs: readonly string[];
  /** `443`, `8000-8999`. Empty: all ports. */
  readonly allowPorts: readonly string[];
  readonly listening: Listening;
}

/** Where reachd itself can be reached, so that it is not made to call itself as if from this host. */
export interface Listening {
  /** What is bound. A wildcard, or a name, stands for every address of this host. */
  readonly address: string;
  /** The port that is bound, not the 0 that asked for one. */
  readonly port: number;
  /** Whether nobody but this host can connect: then its loopback is nothing to keep from a caller. */
  readonly loopback: boolean;
  /** The addresses of this host's interfaces. What else leads here, such as a Service's address, is not knowable here. */
  readonly ownAddresses: readonly string[];
}

export type Verdict =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: string };

/** A rule's name, for GET /policy, with what it covers. */
export type RuleDescription = Verdict & { readonly blocks: readonly string[] };

export interface PolicyDescription {
  readonly preset: Preset;
  readonly registriesAsOf: string;
  /** Ports and ranges that are let through; empty when all are. */
  readonly allowPorts: readonly string[];
  /** In order of precedence; among the preset's own rules the longest block around an address decides. */
  readonly rules: readonly RuleDescription[];
}

/** What GET /policy shows. */
export interface PolicyReport extends PolicyDescription {
  /** report: what the rules deny is let pass, logged and counted. */
  readonly mode: 'enforce' | 'report';
  /** Denials by rule since the start, in either mode. */
  readonly denials: Readonly<Record<string, number>>;
}

export type Block = readonly [block: Cidr, verdict: Verdict];
/** Blocks in order of precedence. The ports are judged between `own` and `allow`. */
export type Layers = Readonly<Record<'metadata' | 'own' | 'allow' | 'deny' | 'preset', readonly Block[]>>;

/** Credentials of the machine that reachd runs on, for whoever can send it a request. */
const METADATA = [
  '169.254.169.254/32', // AWS, Google Cloud, Azure, DigitalOcean, OpenStack
  '169.254.170.2/32', // AWS ECS task credentials
  '169.254.170.23/32', // AWS EKS pod identity
  'fd00:ec2::254/128', // AWS
  'fd00:ec2::23/128', // AWS EKS pod identity
  '100.100.100.200/32', // Alibaba Cloud
  '168.63.129.16/32', // Azure host agent
  '192.0.0.192/32', // Oracle Cloud
  'fd20:ce::254/128', // Google Cloud
];
/** IPv4-mapped, ::ffff:0:0/96, and NAT64, 64:ff9b::/96. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const NAT64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
const EVERYTHING = ['0.0.0.0/0', '::/0'];
const THIS_HOST = ['127.0.0.0/8', '::1/128'];
/** connect(2) to these reaches loopback on Linux. */
const UNSPECIFIED = ['0.0.0.0/32', '::/128'];

/** What the presets let through. Benchmarking (198.18.0.0/15) is no one's cluster: whoever uses it so says ALLOW_CIDRS. */
const PRESET_ALLOWS: Readonly<Record<Preset, readonly string[]>> = {
  cluster: ['public', 'private', 'unique-local', 'shared'],
  'public-only': ['public'],
  allowlist: [],
};

const ALLOW_CIDRS: Verdict = Object.freeze({ allowed: true, rule: 'allow-cidrs' });
const DENY_CIDRS = denial('deny-cidrs', 'the address is in DENY_CIDRS');
const METADATA_DENIED = denial('metadata', 'addresses of cloud metadata services are never checked');
const OWN_ENDPOINT = denial('own-endpoint', 'reachd does not check itself for a caller that is not on its own host');
const NOT_LISTED = denial('allowlist', 'the address is not in ALLOW_CIDRS, and POLICY=allowlist allows nothing else');
export const PORT_NOT_ALLOWED = denial('allow-ports', 'the port is not in ALLOW_PORTS');
export const NOT_UNDERSTOOD = denial('not-understood', 'this is not the address and port of a TCP endpoint');

/** Throws an Error whose one line names the variable, its value and what is wrong with it. */
export function layersOf({ preset, allowCidrs, denyCidrs, listening }: PolicyOptions): Layers {
  return {
    metadata: METADATA.map((text) => [known(text), METADATA_DENIED]),
    own: ownBlocks(listening).map((block) => [block, OWN_ENDPOINT]),
    allow: allowCidrs.map((text) => [readAllowCidr(text), ALLOW_CIDRS]),
    deny: denyCidrs.map((text) => [readDenyCidr(text), DENY_CIDRS]),
    preset: presetBlocks(preset, listening.loopback),
  };
}

/** The ports that ALLOW_PORTS lets through, or null for all of them. Throws as layersOf() does. */
export function readPorts(texts: readonly string[]): ReadonlySet<number> | null {
  if (texts.length === 0) return null;
  const ports = new Set<number>();
  for (const text of texts) {
    const [, from, to = from] = /^([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?$/.exec(text) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first <= last && last <= 65535)) {
      throw new Error(
        `ALLOW_PORTS: "${text}" is neither a port from 1 to 65535 nor a range of them, such as 8000-8999`,
      );
    }
    for (let port = first; port <= last; port++) ports.add(port);
  }
  return ports;
}

export function describePolicy({ preset, allowPorts }: PolicyOptions, layers: Layers): PolicyDescription {
  const blocksOf = new Map<Verdict, string[]>();
  for (const [block, verdict] of Object.values(layers).flat()) {
    const blocks = blocksOf.get(verdict);
    if (blocks === undefined) blocksOf.set(verdict, [block.text]);
    else blocks.push(block.text);
  }
  const rules = Array.from(blocksOf, ([verdict, blocks]) => ({ ...verdict, blocks }));
  return { preset, registriesAsOf: REGISTRIES_AS_OF, allowPorts, rules };
}

function denial(rule: string, reason: string): Verdict {
  return Object.freeze({ allowed: false, rule, reason });
}

function presetBlocks(preset: Preset, loopback: boolean): readonly Block[] {
  if (preset === 'allowlist') return EVERYTHING.map((text) => [known(text), NOT_LISTED]);
  const allowed = loopback && preset === 'cluster' ? [...PRESET_ALLOWS.cluster, 'loopback'] : PRESET_ALLOWS[preset];
  const verdicts = new Map<string, Verdict>();
  return SPECIAL_PURPOSE.map(([text, rule]) => {
    const verdict = verdicts.get(rule) ?? presetVerdict(preset, rule, allowed.includes(rule));
    verdicts.set(rule, verdict);
    return [known(text), verdict];
  });
}

function presetVerdict(preset: Preset, rule: string, allowed: boolean): Verdict {
  if (allowed) return Object.freeze({ allowed, rule });
  const condition = rule === 'loopback' && preset === 'cluster' ? ' unless reachd itself listens on loopback' : '';
  return denial(rule, `${rule} addresses are denied by POLICY=${preset}${condition}`);
}

function ownBlocks({ address, ownAddresses }: Listening): readonly Cidr[] {
  const bound = parseAddress(address);
  const isWildcard = bound === null || bound.bytes.every((byte) => byte === 0);
  const reached = isWildcard ? ownAddresses.map(hostBlock).concat(THIS_HOST.map(known)) : [hostBlock(bound.text)];
  return reached.concat(UNSPECIFIED.map(known));
}

function hostBlock(text: string): Cidr {
  const address = parseAddress(text);
  if (address === null) throw new Error(`own address "${text}" is not an IP address`);
  return known(`${text}/${address.bytes.length * 8}`);
}

/** A block that is not the operator's writing but this program's. */
function known(text: string): Cidr {
  return readCidr('address policy', text);
}

/** A block that could never match is a mistake to hear of at the start. */
function readAllowCidr(text: string): Cidr {
  const block = readCidr('ALLOW_CIDRS', text);
  if (METADATA.includes(block.text)) throw new Error(`ALLOW_CIDRS: "${text}" is a metadata address and never allowed`);
  if (isWithin(block, MAPPED) || isWithin(block, NAT64)) throw carriedBlock('ALLOW_CIDRS', text);
  return block;
}

function readDenyCidr(text: string): Cidr {
  const block = readCidr('DENY_CIDRS', text);
  if (isWithin(block, MAPPED)) throw carriedBlock('DENY_CIDRS', text);
  return block;
}

function carriedBlock(variable: string, text: string): Error {
  return new Error(`${variable}: "${text}" carries IPv4 addresses, which are judged as such: list their IPv4 block`);
}

/** Whether a block lies in the /96 that starts with these 12 bytes. */
function isWithin({ address, prefixLength }: Cidr, prefix: readonly number[]): boolean {
  return prefixLength >= 96 && prefix.every((byte, index) => byte === address.bytes[index]);
}

function readCidr(variable: string, text: string): Cidr {
  const block = parseCidr(text);
  if (typeof block === 'string') throw new Error(`${variable}: "${text}" ${block}`);
  return block;
}
