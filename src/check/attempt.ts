// One attempt on one address: asked of the reactor, its outcome read off the kernel's evidence, told to the observer.
import type { Address } from '../net/address.ts';
import type { AttemptResult, Endpoint, Source, StartOptions } from '../reactor/protocol.ts';
import type { Cancellation } from './cancellation.ts';
import { handshakeOf } from './handshake.ts';
import type { Grant } from './grant.ts';
import type { CheckObserver } from './observer.ts';
import { outcomeOf } from './outcome.ts';
import { reportAttempt } from './report.ts';
import type { AttemptReport, Check } from './result.ts';
import type { Waiting } from './run.ts';
import { outcomeOfSource } from './source.ts';
import type { OpenConnection, TlsPhase } from './tls.ts';

export interface AttemptOptions extends StartOptions {
  /** Cancelled: the attempt ends as such. */
  readonly cancellation: Cancellation;
  /** Cancelled at `deadline`, for whatever makes the attempt wait before the reactor has it. */
  readonly passed: Cancellation;
  /** Told of the instant of its connect(2), in monotonic milliseconds. */
  readonly onStart?: ((startedAt: number) => void) | undefined;
}

/** What a check needs of the reactor. */
export interface Reactor {
  /** One attempt, whose result is told once. A promise for each would live until then, and so be copied by the collector. */
  ask(endpoint: Endpoint, options: AttemptOptions, settle: Settle): void;
}

/** Is told of a result. Must not throw. */
export type Settle = (result: AttemptResult) => void;

/** The same as a promise, which never rejects. */
export function askFor(reactor: Reactor, endpoint: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
  return new Promise((resolve) => reactor.ask(endpoint, options, resolve));
}

/** What all attempts of one check have in common. */
export interface Plan {
  readonly check: Check;
  /** Those that the check may use, in the order in which they are tried. */
  readonly addresses: readonly Address[];
  /** What binds its sockets; null when nothing does. */
  readonly source: Source | null;
  /** Whose turn its attempts take, and what ends them early. */
  readonly waiting: Waiting;
  /** Room for each of its rounds: it has that of the first. */
  readonly grant: Pick<Grant, 'isExpress' | 'pause' | 'resume'>;
  readonly reactor: Reactor;
  readonly observer: CheckObserver | null;
  /** What goes on with an open connection; null where the check ends with the connect. */
  readonly securing: Securing | null;
  /** Told of an error of ours: the check has no result. */
  break(error: unknown): void;
}

/** The phase after an open connect, and the connections that wait for it. */
export interface Securing {
  readonly phase: TlsPhase;
  /** By the attempt that opened it, from there until the phase has it or it is closed. */
  readonly connections: Map<AttemptReport, OpenConnection>;
}

/**
 * Tries `address` for `timeoutMs` from the attempt's own start. `cancellation` may be narrower than the check's own.
 * Never rejects.
 */
export function attempt(
  plan: Plan,
  address: Address,
  timeoutMs: number,
  cancellation: Cancellation,
  onStart?: (startedAt: number) => void,
): Promise<AttemptReport> {
  const asked = new Promise<AttemptResult>((settle) => ask(plan, address, timeoutMs, cancellation, settle, onStart));
  return asked.then((result) => {
    const made = report(plan, address, result);
    const { connection, startedAt } = result;
    if (connection !== null) {
      plan.securing?.connections.set(made, { connection, endsAt: (startedAt ?? 0) + timeoutMs });
    }
    return made;
  });
}

/** What the reactor makes of it. */
export function ask(
  { check, source, waiting, grant, reactor, securing }: Plan,
  address: Address,
  timeoutMs: number,
  cancellation: Cancellation,
  settle: Settle,
  onStart?: (startedAt: number) => void,
): void {
  const { caller, request, deadline } = waiting;
  const options: AttemptOptions = {
    timeoutMs,
    deadline: deadline.at,
    passed: deadline.passed,
    cancellation,
    handshake: handshakeOf(check.options),
    caller,
    request,
    source,
    handOver: securing !== null,
    express: grant.isExpress,
    onStart,
  };
  reactor.ask({ address, port: check.target.port }, options, settle);
}

/** Reads the outcome off the evidence, and tells the observer. */
export function report({ check, source, observer }: Plan, address: Address, result: AttemptResult): AttemptReport {
  const finding = outcomeOfSource(result, address, source) ?? outcomeOf(result);
  const report = reportAttempt(address, handshakeOf(check.options), result, finding);
  observer?.attempt?.(report, finding.isUnforeseen === true);
  return report;
}
