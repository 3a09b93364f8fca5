// How many attempts with TLS there may be at a time, from the start of the connect to the end of the connection. Each has a
// descriptor that is not the reactor's any more once it is connected, and gives this thread a millisecond's work: so what
// there is no room for waits here, before its SYN, and no target sees a connection that lies idle. Callers take turns. The
// gate stands before the reactor and looks like it; attempts without TLS pass it by.
import { Turns } from '../callers/turns.ts';
import { askFor, type AttemptOptions, type Reactor, type Settle } from '../check/attempt.ts';
import { type TurnWaiter, unasked, waitForTurn } from '../check/turn.ts';
import { monotonicMs } from '../clock.ts';
import type { AttemptResult, Endpoint } from '../reactor/protocol.ts';

/** For each place that is free, so many are open to every caller: silent targets keep theirs for seconds. */
const SHARE = 16;

export class TlsGate implements Reactor {
  readonly #reactor: Reactor;
  readonly #places: number;
  readonly #turns = new Turns<TurnWaiter>();
  #taken = 0;

  /** `places`: for so many attempts at a time. */
  constructor(reactor: Reactor, places: number) {
    this.#reactor = reactor;
    this.#places = places;
  }

  /** Attempts that have a place. */
  get taken(): number {
    return this.#taken;
  }

  ask(endpoint: Endpoint, options: AttemptOptions, settle: Settle): void {
    if (options.handOver === true) void this.#attempt(endpoint, options).then(settle);
    else this.#reactor.ask(endpoint, options, settle);
  }

  async #attempt(endpoint: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
    const arrivedAt = monotonicMs();
    const turn = waitForTurn(this.#turns, options);
    this.#admit();
    const end = await turn;
    const waitedMs = monotonicMs() - arrivedAt;
    if (end !== 'turn') return unasked(end, waitedMs);
    const result = await askFor(this.#reactor, endpoint, options);
    if (result.connection === null) this.#leave(options.caller);
    else result.connection.whenOver(() => this.#leave(options.caller));
    return { ...result, queuedMs: result.queuedMs + waitedMs };
  }

  #leave(caller: number): void {
    this.#taken--;
    this.#turns.giveBack(caller);
    this.#admit();
  }

  #admit(): void {
    for (;;) {
      const next = this.#turns.take((this.#places - this.#taken) * SHARE);
      if (next === null) return;
      this.#taken++;
      next.end('turn');
    }
  }
}
