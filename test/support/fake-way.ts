// A way of routers as traces see it, without a network: each probe is answered as the test says, by its port, its TTL and
// its source port.
import { GRANTED } from './inquiry.ts';
import type { AttemptOptions, Reactor, Settle } from '../../src/check/attempt.ts';
import type { CheckResult, TraceReport } from '../../src/check/result.ts';
import type { Waiting } from '../../src/check/run.ts';
import type { RequestTraces } from '../../src/check/tracing.ts';
import { formatAddress } from '../../src/net/address.ts';
import type { AttemptResult, Endpoint } from '../../src/reactor/protocol.ts';
import { Tracer, type TracerParts } from '../../src/trace/tracer.ts';
import { address, CANCELLED, checkOf, EXPIRED, facts, icmp, OPEN, REFUSED, tcp } from './fake-reactor.ts';
import { waiting as someWaiting } from './inquiry.ts';

export interface Asked {
  readonly address: string;
  readonly port: number;
  readonly ttl: number;
  readonly sourcePort: number;
}

/** What a probe meets; null leaves it without an answer until its request is over. */
export type Way = (asked: Asked) => AttemptResult | null;

/** The n-th router says that the TTL was exceeded. */
export function hop(n: number): AttemptResult {
  return facts({ ending: 'error', errno: 113, tcp: tcp({ state: 2 }), icmp: icmp(11, 0, `10.9.0.${n}`) });
}

/** So many routers, and behind them a host that answers by port: 80 is open, 9 is silent, any other refused. */
export function wayOf(routers: number): Way {
  return ({ port, ttl }) => (ttl <= routers ? hop(ttl) : port === 80 ? OPEN : port === 9 ? EXPIRED : REFUSED);
}

export class FakeWay implements Reactor {
  readonly asked: Asked[] = [];
  /** The most probes that were under way at once. */
  most = 0;
  #underWay = 0;
  readonly #way: Way;

  constructor(way: Way) {
    this.#way = way;
  }

  ask(endpoint: Endpoint, options: AttemptOptions, settle: Settle): void {
    void this.attempt(endpoint, options).then(settle);
  }

  async attempt(endpoint: Endpoint, { probe, cancellation, passed }: AttemptOptions): Promise<AttemptResult> {
    const { ttl = 0, sourcePort = 0 } = probe ?? {};
    const asked = { address: formatAddress(endpoint.address.bytes), port: endpoint.port, ttl, sourcePort };
    this.asked.push(asked);
    this.most = Math.max(this.most, ++this.#underWay);
    const result = this.#way(asked);
    if (result !== null) await new Promise((go) => setImmediate(go));
    const over = new Promise<AttemptResult>((resolve) => {
      const end = { cancel: () => resolve(CANCELLED) };
      cancellation.add(end);
      passed.add(end);
    });
    const ended = result ?? (await over);
    this.#underWay--;
    return ended;
  }

  /** The TTLs that a port was asked with, in order. */
  ttlsOf(port: number, at?: string): number[] {
    return this.asked.filter((one) => one.port === port && (at ?? one.address) === one.address).map(({ ttl }) => ttl);
  }
}

/** Traces of one request, on a way, with a pacing of their own. */
export function buildTraces(way: Way, parts: Partial<TracerParts> = {}, waiting: Waiting = someWaiting()) {
  const reactor = new FakeWay(way);
  const tracer = new Tracer({ reactor, mayAsk: () => true, maxTraces: 16, maxHops: 30, ...parts });
  const traces = tracer.open(waiting);
  const trace = (target: string, outcome: CheckResult['outcome'] = 'open', more: RequestTraces = traces) =>
    traceWith(more, reactor, waiting, target, outcome);
  return { reactor, tracer, traces, trace };
}

function traceWith(
  traces: RequestTraces,
  reactor: FakeWay,
  waiting: Waiting,
  target: string,
  outcome: CheckResult['outcome'],
): Promise<TraceReport> {
  const check = checkOf(target, { trace: 'always' });
  const at = check.target.address ?? address('10.0.0.7');
  const plan = {
    check,
    addresses: [at],
    source: null,
    waiting,
    grant: GRANTED,
    reactor,
    observer: null,
    securing: null,
    break: () => undefined,
  };
  const result: CheckResult = {
    ...{ target, ok: false, outcome, latencyMs: 1, address: at.text, dns: null, cause: null, attempts: [] },
  };
  return traces.trace(plan, at, result);
}
