// Traces of the targets of a request: so many at a time, and the first to an address before the others, which then know
// its hops. A trace asks only the address of the target, on its port, and on another one where who answers is in question.
import { LRUCache } from 'lru-cache';
import type { Plan, Reactor } from '../check/attempt.ts';
import type { CheckResult, TraceReport } from '../check/result.ts';
import type { Waiting } from '../check/run.ts';
import type { RequestTraces, Tracing } from '../check/tracing.ts';
import type { Address } from '../net/address.ts';
import type { TargetAnswer } from './answer.ts';
import { compare, type Verdict } from './comparison.ts';
import { Flow, type Journey } from './flow.ts';
import { Pacing } from './pacing.ts';
import { Path } from './path.ts';
import { report } from './summary.ts';
import { Walk } from './walk.ts';

export interface TracerParts {
  readonly reactor: Reactor;
  /** Whether the policy lets a port be asked that the caller did not name. */
  readonly mayAsk: (address: Address, port: number) => boolean;
  /** Targets of one request that are traced at a time. */
  readonly maxTraces: number;
  /** The greatest TTL. */
  readonly maxHops: number;
}

/** What one trace waits, in all, for its turns at routers. */
const PATIENCE_MS = 3000;
/** Ports to compare with, where the request knows no better: tcpmux, or for its own sake the one after it. */
const UNUSED_PORTS = [1, 2] as const;
/** A stream may have targets at any number of addresses. */
const MAX_PATHS = 1000;

export class Tracer implements Tracing {
  readonly #parts: TracerParts;
  readonly #pacing = new Pacing();

  constructor(parts: TracerParts) {
    this.#parts = parts;
  }

  open(waiting: Waiting): RequestTraces {
    return new TracesOfRequest(this.#parts, this.#pacing, waiting);
  }
}

class TracesOfRequest implements RequestTraces {
  readonly #parts: TracerParts;
  readonly #pacing: Pacing;
  readonly #waiting: Waiting;
  /** By address and source. */
  readonly #paths = new LRUCache<string, Path>({ max: MAX_PATHS });
  #running = 0;
  readonly #line: (() => void)[] = [];

  constructor(parts: TracerParts, pacing: Pacing, waiting: Waiting) {
    this.#parts = parts;
    this.#pacing = pacing;
    this.#waiting = waiting;
  }

  noteOpen(address: string, port: number): void {
    this.#pathTo(address, '').noteOpen(port);
  }

  trace(plan: Plan, address: Address, result: CheckResult): Promise<TraceReport> {
    const { sourceAddress, sourceInterface } = plan.check.options;
    const path = this.#pathTo(address.text, `${sourceAddress ?? ''} ${sourceInterface ?? ''}`.trim());
    const ended = this.#traceAfter(path.first, plan, address, path, result);
    path.first ??= ended.then(
      () => undefined,
      () => undefined,
    );
    return ended;
  }

  async #traceAfter(
    first: Promise<void> | null,
    plan: Plan,
    address: Address,
    path: Path,
    result: CheckResult,
  ): Promise<TraceReport> {
    await first;
    if (this.#running === this.#parts.maxTraces) await new Promise<void>((turn) => this.#line.push(turn));
    else this.#running++;
    try {
      return await this.#trace(plan, address, path, result);
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #trace(plan: Plan, address: Address, path: Path, { outcome }: CheckResult): Promise<TraceReport> {
    const { reactor, maxHops } = this.#parts;
    const shared = { reactor, pacing: this.#pacing, waiting: this.#waiting };
    const journey = { ...shared, address, source: plan.source, patienceMs: PATIENCE_MS, slowestMs: path.slowestMs };
    const { port } = plan.check.target;
    const walked = await new Walk(new Flow(journey, port), path, maxHops).run(outcome === 'timeout');
    const { answered } = walked;
    const verdict = answered?.isExact === true ? await this.#judge(journey, port, answered) : null;
    return report(address.text, walked, verdict);
  }

  async #judge(
    journey: Journey,
    port: number,
    answered: { readonly ttl: number; readonly answer: TargetAnswer },
  ): Promise<Verdict> {
    const { answer } = answered;
    const { address } = journey;
    if (answer.kind === 'icmp') {
      return { by: answer.from === address.text ? null : 'other', port: null, distance: null };
    }
    const open = this.#pathTo(address.text, '').openPorts.filter((other) => other !== port);
    const unused = UNUSED_PORTS.filter((other) => other !== port && !open.includes(other)).slice(0, 1);
    const allowed = unused.filter((other) => this.#parts.mayAsk(address, other));
    // The other kind of answer tells most: an open port of a refused one, a closed port of an open one.
    const others = answer.kind === 'rst' ? [...open, ...allowed] : [...allowed, ...open];
    return await compare(journey, port, answered, others, this.#parts.maxHops);
  }

  #pathTo(address: string, source: string): Path {
    const key = `${address} ${source}`;
    let path = this.#paths.get(key);
    if (path === undefined) this.#paths.set(key, (path = new Path()));
    return path;
  }
}
