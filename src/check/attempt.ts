// One attempt on one address: asked of the reactor, its outcome read off the kernel's evidence, told to the observer.
import type { Address } from '../net/address.ts';
import type { AttemptResult, Endpoint, Source, StartOptions } from '../reactor/protocol.ts';
import type { Cancellation } from './cancellation.ts';
import type { CheckObserver } from './observer.ts';
import { outcomeOf } from './outcome.ts';
import { reportAttempt } from './report.ts';
import type { AttemptReport, Check } from './result.ts';
import { outcomeOfSource } from './source.ts';

/** What a check needs of the reactor. Never rejects; a cancelled attempt ends as such. */
export interface Reactor {
  attempt(endpoint: Endpoint, options: StartOptions & { cancellation: Cancellation }): Promise<AttemptResult>;
}

/** What all attempts of one check have in common. */
export interface Plan {
  readonly check: Check;
  /** Those that the check may use, in the order in which they are tried. */
  readonly addresses: readonly Address[];
  /** What binds its sockets; null when nothing does. */
  readonly source: Source | null;
  /** Whose turn an attempt takes in the reactor's queue. */
  readonly caller: number;
  readonly reactor: Reactor;
  readonly observer: CheckObserver | null;
}

/** Tries `address` until `deadline`, in monotonic milliseconds. Never rejects. */
export function attempt(
  plan: Plan,
  address: Address,
  deadline: number,
  cancellation: Cancellation,
): Promise<AttemptReport> {
  const { check, source, caller } = plan;
  const { handshake } = check.options;
  return plan.reactor
    .attempt({ address, port: check.target.port }, { deadline, handshake, caller, source, cancellation })
    .then((result) => {
      const finding = outcomeOfSource(result, address, source) ?? outcomeOf(result);
      const report = reportAttempt(address, handshake, result, finding);
      plan.observer?.attempt?.(report, finding.isUnforeseen === true);
      return report;
    });
}
