// reachd itself inside a lab: its own Checker on its own resolver and its own worker, under a policy that allows all.
// The parent's end is reachd.ts. The first argument is how many attempts may be in flight.
import { Checker } from '../../../src/check/checker.ts';
import type { Cause } from '../../../src/check/outcome.ts';
import { Resolver } from '../../../src/check/resolver.ts';
import type { CheckOptions, CheckReply } from '../../../src/check/result.ts';
import { ReactorClient } from '../../../src/reactor/client.ts';
import { checkOf } from '../fake-reactor.ts';
import { serve } from './serve.ts';
import { tellUnforeseen } from '../../../src/check/observer.ts';
import { inquiry } from '../inquiry.ts';

/** A target as a caller writes it, and what differs from the contract's defaults. */
export interface Ask extends Partial<CheckOptions> {
  readonly target: string;
}

const [, , maxInFlight = '4096'] = process.argv;
const unexpected: Cause[] = [];
const reactor = await new ReactorClient({ maxInFlight: Number(maxInFlight) }).start();
const checker = new Checker({
  reactor,
  resolver: new Resolver(),
  policy: { judge: () => ({ allowed: true }) },
  maxQueued: 100_000,
  vantage: 'test',
  observer: tellUnforeseen((cause) => unexpected.push(cause)),
});

const methods = {
  check: (asks: readonly Ask[]): Promise<CheckReply> => {
    const checks = asks.map(({ target, ...options }) => checkOf(target, options));
    return checker.check(checks, inquiry());
  },
  /** Causes that the outcome table did not foresee, since the start. */
  unexpected: (): readonly Cause[] => unexpected,
  pid: (): number => process.pid,
};
export type ReachdMethods = typeof methods;

serve(methods, () => reactor.close(0));
