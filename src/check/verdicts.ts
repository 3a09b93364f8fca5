// What the policy says of a name's addresses. Ten thousand checks of one name share its answer, and so the verdicts on it:
// the policy says which ports it judges alike.
import type { Address } from '../net/address.ts';
import { handshakeOf } from './handshake.ts';
import type { CheckOptions } from './result.ts';
import type { EnforcedVerdict } from '../policy/policy-in-force.ts';

/** What a check needs of the address policy. */
export interface Policy {
  /** `halfOpen`: the target's application will not see the check. */
  judge(address: Address, port: number, halfOpen: boolean): EnforcedVerdict;
  /** The same object for all ports that are judged alike, for as long as the rules are the same. */
  alike?(port: number, halfOpen: boolean): object;
}

/** An address that the policy has something against. */
export interface Offence {
  readonly address: Address;
  readonly verdict: EnforcedVerdict;
  readonly rule: string;
}

/** Of a check, what decides on its addresses. */
interface Question {
  readonly target: { readonly port: number };
  readonly options: Pick<CheckOptions, 'handshake' | 'tls'>;
}

export class Verdicts {
  readonly #policy: Policy;
  /** By answer: the first address with a verdict against it. */
  readonly #known = new WeakMap<readonly Address[], { readonly alike: object; readonly offender: Address | null }>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** The first address that the policy has something against; null when there is none. */
  offenceOf(addresses: readonly Address[], { target: { port }, options }: Question): Offence | null {
    const halfOpen = handshakeOf(options) === 'half';
    const [first] = addresses;
    if (first !== undefined && addresses.length === 1) return this.#judge(first, port, halfOpen);
    const alike = this.#policy.alike?.(port, halfOpen);
    const known = this.#known.get(addresses);
    // The one address is judged again: denials are counted.
    if (known !== undefined && known.alike === alike)
      return known.offender && this.#judge(known.offender, port, halfOpen);
    for (const address of addresses) {
      const offence = this.#judge(address, port, halfOpen);
      if (offence === null) continue;
      if (alike !== undefined) this.#known.set(addresses, { alike, offender: address });
      return offence;
    }
    if (alike !== undefined) this.#known.set(addresses, { alike, offender: null });
    return null;
  }

  #judge(address: Address, port: number, halfOpen: boolean): Offence | null {
    const verdict = this.#policy.judge(address, port, halfOpen);
    const rule = verdict.allowed ? verdict.reported : verdict.rule;
    return rule === undefined ? null : { address, verdict, rule };
  }
}
