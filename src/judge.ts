// The address policy as it applies to this process: it depends on where reachd listens, which is known for certain only
// once it does.
import { networkInterfaces } from 'node:os';
import { parseAddress, type Address } from './check/address.ts';
import { type AddressPolicy, buildPolicy } from './check/address-policy.ts';
import type { Config } from './settings.ts';

export class Judge {
  readonly #config: Config;
  readonly #loopback: boolean;
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
  judge(address: Address, port: number): ReturnType<AddressPolicy['judge']> {
    return this.#policy.judge(address, port, { local: this.#loopback });
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

/** 127.0.0.0/8, ::1, and the one name that RFC 6761 keeps for them. */
function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const address = parseAddress(host);
  if (address === null) return false;
  return address.family === 4 ? address.bytes[0] === 127 : address.text === '::1';
}
