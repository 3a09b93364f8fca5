// The rules of the address policy: which blocks each one covers, what it says about them, and what the operator may add.
// It turns configuration into blocks with verdicts; address-policy.ts judges addresses by them.
import { parseAddress } from '../net/address.ts';
import type { Cidr } from '../net/address.ts';
import { readAllowCidr, readCidr, readDenyCidr } from './settings.ts';
import { REGISTRIES_AS_OF, SPECIAL_PURPOSE } from './special-purpose.ts';
import {
  EVERYTHING,
  IPV4_MAPPED,
  METADATA,
  NAT64,
  NEVER_IN_NAT64,
  THIS_HOST,
  UNSPECIFIED,
  type Carrier,
} from './well-known-blocks.ts';

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
  /** Whether only this host can connect: then callers may check its loopback. */
  readonly loopback: boolean;
  /** The addresses of this host's interfaces. Others may lead here too, such as a Service's; reachd cannot know them. */
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
  /** Only the rules `nat64` and `deny-cidrs` apply to these blocks themselves. */
  readonly carriers: readonly Carrier[];
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
export type Layers = Readonly<Record<'metadata' | 'nat64' | 'own' | 'allow' | 'deny' | 'preset', readonly Block[]>>;

/** What the presets let through. Benchmarking (198.18.0.0/15) is not here: a cluster that uses it lists it in ALLOW_CIDRS. */
const PRESET_ALLOWS: Readonly<Record<Preset, readonly string[]>> = {
  cluster: ['public', 'private', 'unique-local', 'shared'],
  'public-only': ['public'],
  allowlist: [],
};

const CARRIERS = [IPV4_MAPPED, NAT64];

const ALLOW_CIDRS: Verdict = Object.freeze({ allowed: true, rule: 'allow-cidrs' });
const DENY_CIDRS = denial('deny-cidrs', 'the address is in DENY_CIDRS');
const METADATA_DENIED = denial('metadata', 'addresses of cloud metadata services are never checked');
const NOT_TRANSLATED = denial('nat64', 'NAT64 must not carry an IPv4 address that stays on its host or link');
const OWN_ENDPOINT = denial(
  'own-endpoint',
  'reachd makes no full handshake with itself for a caller that is not on its own host',
);
/** The exception from it. GET /policy tells it by the reason of the rule. */
export const OWN_HALF_OPEN: Verdict = Object.freeze({ allowed: true, rule: 'own-endpoint' });
const NOT_LISTED = denial('allowlist', 'the address is not in ALLOW_CIDRS, and POLICY=allowlist allows nothing else');
export const PORT_NOT_ALLOWED = denial('allow-ports', 'the port is not in ALLOW_PORTS');
export const NOT_UNDERSTOOD = denial('not-understood', 'this is not the address and port of a TCP endpoint');

/** Throws an Error whose one line names the variable, its value and what is wrong with it. */
export function layersOf({ preset, allowCidrs, denyCidrs, listening }: PolicyOptions): Layers {
  return {
    metadata: METADATA.map((text) => [known(text), METADATA_DENIED]),
    nat64: NEVER_IN_NAT64.map((text) => [known(text), NOT_TRANSLATED]),
    own: ownBlocks(listening).map((block) => [block, OWN_ENDPOINT]),
    allow: allowCidrs.map((text) => [readAllowCidr(text), ALLOW_CIDRS]),
    deny: denyCidrs.map((text) => [readDenyCidr(text), DENY_CIDRS]),
    preset: presetBlocks(preset, listening.loopback),
  };
}

export function describePolicy({ preset, allowPorts }: PolicyOptions, layers: Layers): PolicyDescription {
  const blocksOf = new Map<Verdict, string[]>();
  for (const [block, verdict] of Object.values(layers).flat()) {
    const blocks = blocksOf.get(verdict);
    if (blocks === undefined) blocksOf.set(verdict, [block.text]);
    else blocks.push(block.text);
  }
  const rules = Array.from(blocksOf, ([verdict, blocks]) => ({ ...verdict, blocks }));
  return { preset, registriesAsOf: REGISTRIES_AS_OF, allowPorts, carriers: CARRIERS, rules };
}

function denial(rule: string, reason: string): Verdict {
  return Object.freeze({ allowed: false, rule, reason });
}

function presetBlocks(preset: Preset, loopback: boolean): readonly Block[] {
  if (preset === 'allowlist') return EVERYTHING.map((text) => [known(text), NOT_LISTED]);
  const allowed = loopback && preset === 'cluster' ? [...PRESET_ALLOWS.cluster, 'loopback'] : PRESET_ALLOWS[preset];
  const verdicts = new Map<string, Verdict>();
  // Leave out a carrier's own row: it never decides, and GET /policy would show all that it carries as denied.
  const judged = SPECIAL_PURPOSE.filter(([text]) => !CARRIERS.some(({ block }) => block === text));
  return judged.map(([text, rule]) => {
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

/** A block that this program wrote, not the operator. */
function known(text: string): Cidr {
  return readCidr('address policy', text);
}
