// Asks in this process: the contract, callers and checker that the service has, with an asker of their own. Whoever types
// a command may connect to whatever this host can: no address policy stands in between, as none does with nc(1).
import { hostname } from 'node:os';
import { Admission } from '../callers/admission.ts';
import type { Asker } from '../callers/asker.ts';
import { StreamPace } from '../callers/stream-pace.ts';
import { StreamWindows } from '../callers/window.ts';
import { Cancellation } from '../check/cancellation.ts';
import { Checker } from '../check/checker.ts';
import { Resolver } from '../check/resolver.ts';
import type { CheckResult } from '../check/result.ts';
import type { TargetParser } from '../contract/target-parser.ts';
import { maxTlsAttempts } from '../config/descriptor-limit.ts';
import { DEFAULTS } from '../config/settings.ts';
import { ReactorClient } from '../reactor/client.ts';
import { TlsGate } from '../tls/gate.ts';
import { phaseOnDemand } from '../tls/on-demand.ts';
import { Tracer } from '../trace/tracer.ts';
import { MAX_QUEUED } from './command-contract.ts';
import type { Answer, Door } from './door.ts';
import { DoorError } from './door.ts';

/** What this host is asked for at a time. */
export interface Pressure {
  readonly maxInFlight: number;
  /** Connects a second; 0 for any number. */
  readonly connectRate: number;
}

const ASKER: Asker = { principal: null, from: 'command', id: 'command' };
/** Targets without an answer, at the most; the pace asks for no more than keep the places in flight full. */
const WINDOW = 20_480;
/** Enough to keep the reactor busy. Of more the garbage collector copies every one, and nobody else is here to wait for. */
const LEAST_AHEAD = 96;
/** So often the pace is set. */
const TICK_MS = 30;
export async function openInProcess(
  parser: TargetParser,
  pressure: Pressure,
  warn: (line: string) => void,
): Promise<Door> {
  try {
    const reactor = await new ReactorClient({ ...pressure, warn }).start();
    // Otherwise a worker that is blocked in its wait would keep the process from ending.
    process.on('exit', () => reactor.destroy());
    return new InProcess(parser, reactor, pressure);
  } catch (error) {
    throw new DoorError(`connects cannot be made here: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class InProcess implements Door {
  readonly vantage = hostname();
  readonly vantages = null;
  readonly #parser: TargetParser;
  readonly #reactor: ReactorClient;
  readonly #cancellation = new Cancellation();
  readonly #inquiry: ReturnType<Admission['open']>;
  /** By index; those that have no answer. */
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #pace = new StreamPace(LEAST_AHEAD, LEAST_AHEAD);
  #index = 0;
  #tickedAt = performance.now();
  readonly #ticks = setInterval(() => this.#tick(), TICK_MS);
  /** Whoever waits for room. */
  #look: () => void = () => undefined;
  #broken: Error | null = null;
  #drained: (() => void) | null = null;

  constructor(parser: TargetParser, reactor: ReactorClient, { maxInFlight }: Pressure) {
    this.#parser = parser;
    this.#reactor = reactor;
    const checker = new Checker({
      reactor: new TlsGate(reactor, maxTlsAttempts(maxInFlight)),
      resolver: new Resolver(),
      tls: phaseOnDemand({ file: process.env['TLS_CA_FILE'] ?? '', env: process.env, tell: () => undefined }),
      policy: { judge: () => ({ allowed: true }) },
      maxQueued: MAX_QUEUED,
      vantage: this.vantage,
      tracing: new Tracer({ reactor, mayAsk: () => true, ...DEFAULTS, maxHops: DEFAULTS.traceMaxHops }),
    });
    this.#inquiry = new Admission(checker, null, new StreamWindows(WINDOW)).open(
      {
        asker: ASKER,
        cancellation: this.#cancellation,
        deadlineMs: parser.deadlineMs,
        onResult: (index, result) => this.#settle(index, result),
      },
      (error) => this.#break(error),
    );
  }

  ask(target: string, answered: (answer: Answer) => void): Promise<void> | null {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    if (this.#asked.size >= this.#pace.ahead) return new Promise((look) => (this.#look = look));
    const asked = this.#parser.parse(target);
    if (!('target' in asked)) {
      answered({
        problem: asked.map(({ path, message }) => (path === 'target' ? message : `${path}: ${message}`)).join('; '),
      });
      return null;
    }
    this.#asked.set(this.#index, answered);
    const wait = this.#inquiry.ask(asked, this.#index);
    if (wait === null) {
      this.#index++;
      return null;
    }
    this.#asked.delete(this.#index);
    return new Promise((look) => wait.join(look));
  }

  cancel(): void {
    this.#cancellation.cancel();
  }

  async finish(): Promise<void> {
    if (this.#asked.size > 0 && this.#broken === null) await new Promise<void>((resolve) => (this.#drained = resolve));
    clearInterval(this.#ticks);
    this.#inquiry.close();
    if (this.#broken !== null) throw this.#broken;
  }

  /** The worker takes its time to end, so that whoever asked has his answers before. */
  close(): Promise<void> {
    return this.#reactor.close(0);
  }

  #settle(index: number, result: CheckResult): void {
    const answered = this.#asked.get(index);
    this.#asked.delete(index);
    this.#pace.answered(result.attempts.reduce((sum, { queuedMs }) => sum + queuedMs, 0));
    answered?.({ result });
    this.#inquiry.told(result);
    if (this.#asked.size < this.#pace.ahead) this.#look();
    if (this.#asked.size === 0) this.#drained?.();
  }

  #tick(): void {
    const now = performance.now();
    this.#pace.adjust(this.#asked.size, now - this.#tickedAt);
    this.#tickedAt = now;
    this.#look();
  }

  /** A mistake of ours: what is missing now stays missing. */
  #break(error: unknown): void {
    this.#broken = error instanceof Error ? error : new Error(String(error));
    this.#look();
    this.#drained?.();
  }
}
