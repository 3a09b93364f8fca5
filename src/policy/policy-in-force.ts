// The address policy as it applies to this process: it depends on where reachd listens, which is known for certain only
// once it does, and on whether denials are enforced or only reported. It counts what it denies.
import { networkInterfaces } from 'node:os';
import type { Address } from '../net/address.ts';
import { type AddressPolicy, buildPolicy } from './address-policy.ts';
import type { PolicyReport } from './rules.ts';
import type { Overruled } from './settings.ts';
import { isLoopback } from '../net/loopback.ts';
import type { Config } from '../config/settings.ts';

/** What is to be done about an endpoint. `reported`: the rule that would deny it, where denials are only reported. */
export type EnforcedVerdict =
  | { readonly allowed: true; readonly reported?: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: string };

export class PolicyInForce {
  readonly #config: Config;
  readonly #loopback: boolean;
  /** By rule, since the start. */
  readonly #denials = new Map<string, number>();
  #policy: AddressPolicy;

  /** Throws an Error whose one line names the variable, its value and what is wrong with it. */
  constructor(config: Config) {
    this.#config = config;
    this.#loopback = isLoopback(config.host);
    this.#policy = this.#build(config.port);
  }

  /** To be told of the port that is bound, before the first check: PORT=0 leaves it to the kernel. */
  listensOn(port: number): void {
    if (port !== this.#config.port) this.#policy = this.#build(port);
  }

  /** While reachd listens on loopback alone, every caller sits on this host. */
  judge(address: Address, port: number): EnforcedVerdict {
    const verdict = this.#policy.judge(address, port, { local: this.#loopback });
    if (verdict.allowed) return verdict;
    this.#denials.set(verdict.rule, (this.#denials.get(verdict.rule) ?? 0) + 1);
    return this.#config.policyMode === 'enforce' ? verdict : { allowed: true, reported: verdict.rule };
  }

  /** Entries of DENY_CIDRS that deny nothing. */
  get overruled(): readonly Overruled[] {
    return this.#policy.overruled;
  }

  /** What is in force, for everybody alike. */
  describe(): PolicyReport {
    const denials = Object.fromEntries(this.#denials);
    return { mode: this.#config.policyMode, ...this.#policy.description, denials };
  }

  #build(port: number): AddressPolicy {
    const { policy: preset, allowCidrs, denyCidrs, allowPorts, host } = this.#config;
    const ownAddresses = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      // Link-local addresses are listed with their zone, which is no part of the bytes that are judged.
      .map(({ address }) => address.replace(/%.*/, ''));
    const listening = { address: host, port, loopback: this.#loopback, ownAddresses };
    return buildPolicy({ preset, allowCidrs, denyCidrs, allowPorts, listening });
  }
}
