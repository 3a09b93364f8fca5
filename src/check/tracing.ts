// What a check needs of traces, and what a trace adds to its result. A trace comes after the answer that it explains: it
// changes neither the outcome nor any time of the target. Pure; who makes traces is not known here.
import type { Address } from '../net/address.ts';
import type { Plan } from './attempt.ts';
import type { CheckOptions, CheckResult, TraceReport } from './result.ts';
import type { Waiting } from './run.ts';

/** Makes traces, request by request. */
export interface Tracing {
  open(waiting: Waiting): RequestTraces;
}

/** The traces of one request, which share what they learn. */
export interface RequestTraces {
  /** A check of the request has seen a SYN-ACK from there: a trace of another port may compare with it. */
  noteOpen(address: string, port: number): void;
  /** Where SYNs of a check that came to `result` at `address` end. Never rejects. */
  trace(plan: Plan, address: Address, result: CheckResult): Promise<TraceReport>;
}

/** The result, with the trace that explains it where its check wants one. */
export async function explain(plan: Plan, result: CheckResult, traces: RequestTraces | null): Promise<CheckResult> {
  if (traces === null) return result;
  if (result.outcome === 'open' && result.address !== null) traces.noteOpen(result.address, plan.check.target.port);
  const address = addressToTrace(plan, result);
  return address === null ? result : withTrace(result, await traces.trace(plan, address, result));
}

/**
 * The address whose way explains a result; null when no trace is wanted, or none would tell anything: nothing was sent, or
 * this host itself knows no way.
 */
function addressToTrace({ check, addresses }: Plan, result: CheckResult): Address | null {
  if (!isWanted(check.options, result) || !isAnswer(result)) return null;
  return addresses.find(({ text }) => text === result.address) ?? null;
}

function isWanted({ trace }: CheckOptions, { outcome }: CheckResult): boolean {
  return trace === 'always' || (trace === 'on-failure' && outcome !== 'open');
}

/** Whether the network has spoken, or kept silent. */
function isAnswer({ outcome, cause }: CheckResult): boolean {
  if (outcome === 'failed' || outcome === 'cancelled') return false;
  return cause?.layer !== 'local';
}

/** The result with its trace. Silence is told with the last hop that was not silent. */
function withTrace(result: CheckResult, trace: TraceReport): CheckResult {
  const { outcome, cause } = result;
  if (outcome !== 'timeout' || cause === null) return { ...result, trace };
  return { ...result, cause: { ...cause, message: `${cause.message}; ${trace.summary}` }, trace };
}
