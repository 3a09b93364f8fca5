// reachd itself inside a lab: its own Checker on its own resolver and its own worker, under a policy that allows all.
// The parent's end is reachd.ts. The first argument is how many attempts may be in flight.
import { Checker } from '../../../src/check/checker.ts';
import type { Cause } from '../../../src/check/outcome.ts';
import { Resolver } from '../../../src/check/resolver.ts';
import type { Check, CheckOptions, CheckReply } from '../../../src/check/result.ts';
import { parseTarget } from '../../../src/check/target.ts';
import { ReactorClient } from '../../../src/reactor/client.ts';
import { serve } from './serve.ts';

/** A target as a caller writes it, and what differs from the contract's defaults. */
export interface Ask extends Partial<CheckOptions> {
  readonly target: string;
}

const DEFAULTS: CheckOptions = {
  timeoutMs: 3000,
  handshake: 'half',
  family: 'any',
  addresses: 'any',
  expect: 'open',
  count: 1,
  intervalMs: 1000,
  sourceAddress: null,
  sourceInterface: null,
};

const [, , maxInFlight = '4096'] = process.argv;
const unexpected: Cause[] = [];
const reactor = await ReactorClient.start({ maxInFlight: Number(maxInFlight) });
const checker = new Checker({
  reactor,
  resolver: new Resolver(),
  policy: { judge: () => ({ allowed: true }) },
  maxQueued: 100_000,
  onUnexpected: (cause) => unexpected.push(cause),
});

function read({ target, ...options }: Ask): Check {
  const parsed = parseTarget(target);
  if (typeof parsed === 'string') throw new Error(`${target}: ${parsed}`);
  return { target: parsed, name: undefined, options: { ...DEFAULTS, ...options } };
}

const methods = {
  check: (asks: readonly Ask[]): Promise<CheckReply> => checker.check(asks.map(read), new AbortController().signal),
  /** Causes that the outcome table did not foresee, since the start. */
  unexpected: (): readonly Cause[] => unexpected,
  pid: (): number => process.pid,
};
export type ReachdMethods = typeof methods;

serve(methods, () => reactor.close(0));
