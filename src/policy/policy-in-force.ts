// The address policy of this process. It depends on the port that is bound, which is known once reachd listens; on the
// addresses of this host, which come and go; and on whether denials are enforced or only reported. It counts denials.
import { networkInterfaces } from 'node:os';
import type { Address } from '../net/address.ts';
import { monotonicMs } from '../clock.ts';
import { type AddressPolicy, buildPolicy, type Caller } from './address-policy.ts';
import type { PolicyReport } from './rules.ts';
import { isLoopback } from '../net/loopback.ts';
import type { Config } from '../config/settings.ts';

/** May reachd connect to an endpoint? `reported`: the rule that would deny it if denials were enforced. */
export type EnforcedVerdict =
  | { readonly allowed: true; readonly reported?: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: string };

/** How long the list of this host's addresses is used before it is read again. */
const OWN_ADDRESSES_FRESH_MS = 1000;

/** What the policy asks its host; tests pass their own. */
export interface OwnHost {
  /** The addresses of its interfaces, without zones. Throws when the system does not list them. */
  ownAddresses(): readonly string[];
  /** Monotonic milliseconds. */
  now(): number;
}

export class PolicyInForce {
  readonly #config: Config;
  readonly #host: OwnHost;
  readonly #loopback: boolean;
  /** Whoever asks for a full handshake, and for a half-open one. */
  readonly #full: Caller;
  readonly #halfOpen: Caller;
  /** By rule, since the start. */
  readonly #denials = new Map<string, number>();
  #port: number;
  #ownAddresses: readonly string[];
  /** When `#ownAddresses` are to be read again. */
  #staleAt: number;
  #policy: AddressPolicy;

  /** Throws an Error whose one line names the variable, its value and what is wrong with it. */
  constructor(config: Config, host: OwnHost = THIS_HOST) {
    this.#config = config;
    this.#host = host;
    this.#loopback = isLoopback(config.host);
    this.#full = { local: this.#loopback };
    this.#halfOpen = { local: this.#loopback, halfOpen: true };
    this.#port = config.port;
    this.#ownAddresses = host.ownAddresses();
    this.#staleAt = host.now() + OWN_ADDRESSES_FRESH_MS;
    this.#policy = this.#build();
  }

  /** Call it with the bound port before the first check: with PORT=0 the kernel chooses it. */
  listensOn(port: number): void {
    if (port === this.#port) return;
    this.#port = port;
    this.#policy = this.#build();
  }

  /** While reachd listens on loopback alone, every caller sits on this host. `halfOpen`: how it is to be checked. */
  judge(address: Address, port: number, halfOpen = false): EnforcedVerdict {
    this.#refresh();
    const verdict = this.#policy.judge(address, port, halfOpen ? this.#halfOpen : this.#full);
    if (verdict.allowed) return verdict;
    this.#denials.set(verdict.rule, (this.#denials.get(verdict.rule) ?? 0) + 1);
    return this.#config.policyMode === 'enforce' ? verdict : { allowed: true, reported: verdict.rule };
  }

  /** The same object for all ports that are judged alike, for as long as the rules are the same. */
  alike(port: number, halfOpen: boolean): object {
    this.#refresh();
    return this.#policy.alike(port, halfOpen);
  }

  /** Whether no rule denies it. Of something that nobody has asked for: a denial is neither counted nor only reported. */
  allows(address: Address, port: number): boolean {
    this.#refresh();
    return this.#policy.judge(address, port, this.#full).allowed;
  }

  /** Entries of the operator's that have no effect, one line each. */
  get warnings(): readonly string[] {
    const idle = this.#policy.idle.map(
      (block) =>
        `${block} in ALLOW_CIDRS allows nothing more than POLICY=${this.#config.policy} does; did you mean POLICY=allowlist?`,
    );
    const overruled = this.#policy.overruled.map(
      ({ denyCidr, allowCidr }) =>
        `${denyCidr} in DENY_CIDRS denies nothing: ALLOW_CIDRS goes first and has ${allowCidr} around it`,
    );
    return [...idle, ...overruled];
  }

  /** How often each rule has denied since the start, in either mode. */
  get denials(): ReadonlyMap<string, number> {
    return this.#denials;
  }

  /** What is in force, for everybody alike. */
  describe(): PolicyReport {
    this.#refresh();
    const denials = Object.fromEntries(this.#denials);
    return { mode: this.#config.policyMode, ...this.#policy.description, denials };
  }

  /**
   * Reads this host's addresses again: a new one leads to reachd itself, too. Not needed while reachd listens on loopback
   * alone, because local callers may check reachd itself.
   */
  #refresh(): void {
    if (this.#loopback) return;
    const now = this.#host.now();
    if (now < this.#staleAt) return;
    this.#staleAt = now + OWN_ADDRESSES_FRESH_MS;
    try {
      const addresses = this.#host.ownAddresses();
      if (addresses.join() === this.#ownAddresses.join()) return;
      this.#ownAddresses = addresses;
    } catch {
      return; // To ask takes a socket, and there may be none. Keep the old addresses until the next try.
    }
    this.#policy = this.#build();
  }

  #build(): AddressPolicy {
    const { policy: preset, allowCidrs, denyCidrs, allowPorts, host } = this.#config;
    const listening = {
      address: host,
      port: this.#port,
      loopback: this.#loopback,
      ownAddresses: this.#ownAddresses,
    };
    return buildPolicy({ preset, allowCidrs, denyCidrs, allowPorts, listening });
  }
}

const THIS_HOST: OwnHost = {
  ownAddresses: () =>
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      // Link-local addresses are listed with their zone, which is no part of the bytes that are judged.
      .map(({ address }) => address.replace(/%.*/, '')),
  now: monotonicMs,
};
