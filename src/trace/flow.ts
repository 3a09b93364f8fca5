// Probes to one address and port, one after the other from one source port: what spreads flows over several ways sends
// them all one way. A late answer to a former probe is never taken for the next one's: each connect has an initial sequence
// number of its own, by which the kernel tells them.
import { askFor, type Reactor } from '../check/attempt.ts';
import type { Waiting } from '../check/run.ts';
import { monotonicMs } from '../clock.ts';
import type { Address } from '../net/address.ts';
import type { Source } from '../reactor/protocol.ts';
import { type Answer, answerOf, isPortTaken } from './answer.ts';
import type { Pacing } from './pacing.ts';

/** How long the first answer may take; others so many times as long as the slowest yet. */
const FIRST_MS = 500;
const TIMES_SLOWEST = 4;
const MIN_MS = 200;
/** After a second the kernel would send the SYN again, and a router would be asked twice. */
const MAX_MS = 900;

/** What all probes of one trace have in common. */
export interface Journey {
  readonly reactor: Reactor;
  readonly pacing: Pacing;
  readonly waiting: Waiting;
  readonly address: Address;
  readonly source: Source | null;
  /** What the trace may still wait for turns, in milliseconds; it goes down. */
  patienceMs: number;
  /** The slowest answer of a router yet, in milliseconds; 0 for none. */
  slowestMs: number;
}

export class Flow {
  readonly #journey: Journey;
  readonly #port: number;
  #sourcePort = 0;

  constructor(journey: Journey, port: number) {
    this.#journey = journey;
    this.#port = port;
  }

  /** Sends one SYN that meets at most `ttl` routers. Never rejects. */
  async ask(ttl: number): Promise<Answer> {
    const { pacing, waiting, address } = this.#journey;
    const askedAt = monotonicMs();
    const isMyTurn = await pacing.turn(address.family, ttl, this.#journey.patienceMs, waiting);
    this.#journey.patienceMs = Math.max(0, this.#journey.patienceMs - (monotonicMs() - askedAt));
    if (waiting.cancellation.isCancelled || waiting.deadline.isPassed) return { kind: 'over' };
    if (!isMyTurn) return { kind: 'unasked' };
    const answer = await this.#send(ttl);
    if (answer.kind === 'hop') this.#journey.slowestMs = Math.max(this.#journey.slowestMs, answer.latencyMs);
    else pacing.giveBack(address.family, ttl);
    return answer;
  }

  /** The same without a turn, where an answer of a router would come as a surprise. */
  askUnpaced(ttl: number): Promise<Answer> {
    return this.#send(ttl);
  }

  async #send(ttl: number): Promise<Answer> {
    const { reactor, waiting, address, source, slowestMs } = this.#journey;
    const { caller, request, cancellation, deadline } = waiting;
    const result = await askFor(
      reactor,
      { address, port: this.#port },
      {
        timeoutMs: slowestMs === 0 ? FIRST_MS : Math.min(MAX_MS, Math.max(MIN_MS, slowestMs * TIMES_SLOWEST)),
        deadline: deadline.at,
        passed: deadline.passed,
        cancellation,
        handshake: 'half',
        caller,
        request,
        source,
        probe: { ttl, sourcePort: this.#sourcePort },
      },
    );
    if (this.#sourcePort !== 0 && isPortTaken(result)) {
      this.#sourcePort = 0; // Between two probes the port is anybody's.
      return this.#send(ttl);
    }
    this.#sourcePort = result.local?.port ?? this.#sourcePort;
    return answerOf(result);
  }
}
