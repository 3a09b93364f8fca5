// The reactor as check/ sees it, without a thread: each address answers as the test says, or when the test says.
import { monotonicMs } from '../../src/clock.ts';
import { formatAddress, parseAddress, type Address } from '../../src/net/address.ts';
import type { AttemptOptions, Reactor, Settle } from '../../src/check/attempt.ts';
import type { Outcome } from '../../src/check/outcome.ts';
import type { AttemptReport, Check, CheckOptions } from '../../src/check/result.ts';
import { parseTarget } from '../../src/check/target.ts';
import type { AttemptResult, Endpoint, IcmpFacts, TcpFacts } from '../../src/reactor/protocol.ts';

export interface FakeAttempt {
  readonly address: string;
  readonly port: number;
  readonly options: AttemptOptions;
  readonly at: number;
  readonly settle: (result: AttemptResult) => void;
  result: AttemptResult | null;
}

/** The facts of an attempt; of an open one unless told otherwise. */
export function facts(some: Partial<AttemptResult> = {}): AttemptResult {
  const none = { syscall: null, errno: 0, latencyMs: 0.4, queuedMs: 0.02, tcp: null, icmp: null, connection: null };
  const sent = { startedAt: monotonicMs(), local: { address: LOCAL, port: 40_000 } };
  return { ending: 'established', ...none, ...sent, ...some };
}

export function tcp(some: Partial<TcpFacts> = {}): TcpFacts {
  return { state: 7, rttUs: 0, synRetransmits: 0, segsOut: 1, segsIn: 0, ...some };
}

export function icmp(type: number, code: number, from = '10.0.0.1'): IcmpFacts {
  return { type, code, from: address(from) };
}

/** Where attempts come from. */
const LOCAL = address('10.0.0.2');

export const OPEN = facts({ tcp: tcp({ state: 1, rttUs: 387, segsIn: 1 }) });
export const REFUSED = facts({ ending: 'error', errno: 111, tcp: tcp({ segsIn: 1 }) });
export const EXPIRED = facts({ ending: 'expired', latencyMs: 3000, tcp: tcp({ state: 2 }) });
export const CANCELLED = facts({ ending: 'cancelled', latencyMs: null, startedAt: null, local: null });
export const LOST = facts({ ending: 'lost', latencyMs: null, startedAt: null, local: null });

/** The report of an attempt with `outcome`. */
export function reportOf(outcome: Outcome, some: Partial<AttemptReport> = {}): AttemptReport {
  return {
    ...{ address: '10.0.0.7', family: 'ipv4', outcome, handshake: 'half', latencyMs: 1, queuedMs: 0, rttMs: null },
    ...{ synRetransmits: 0, cause: null },
    ...some,
  };
}

/** An address of which there is one. Throws for anything else. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`${text} is no address`);
  return parsed;
}

/** A check with the contract's defaults. */
export function checkOf(target: string, options: Partial<CheckOptions> = {}): Check {
  const parsed = parseTarget(target);
  if (typeof parsed === 'string') throw new Error(parsed);
  return { target: parsed, name: undefined, options: { ...DEFAULTS, ...options } };
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
  trace: 'none',
  tls: null,
};

export class FakeReactor implements Reactor {
  /** Every attempt that was asked for, in order. */
  readonly attempts: FakeAttempt[] = [];
  readonly #answer: (address: string, port: number) => AttemptResult | null;
  /** Whether each attempt has its place at once. */
  hasPlaces = true;

  /** `answer` says how an attempt ends at once; null leaves it to the test's `settle`, or to its cancellation. */
  constructor(answer: (address: string, port: number) => AttemptResult | null = () => OPEN) {
    this.#answer = answer;
  }

  ask(endpoint: Endpoint, options: AttemptOptions, settle: Settle): void {
    void this.attempt(endpoint, options).then(settle);
  }

  attempt({ address, port }: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
    return new Promise((resolve) => {
      const text = formatAddress(address.bytes);
      const settle = (result: AttemptResult): void => {
        attempt.result ??= result;
        options.cancellation.delete(member);
        resolve(attempt.result);
      };
      const attempt: FakeAttempt = { address: text, port, options, at: performance.now(), settle, result: null };
      this.attempts.push(attempt);
      const member = { cancel: () => settle(CANCELLED) };
      options.cancellation.add(member);
      if (this.hasPlaces) options.onStart?.(monotonicMs());
      const result = options.cancellation.isCancelled ? CANCELLED : this.#answer(text, port);
      if (result !== null) settle(result);
    });
  }
}
