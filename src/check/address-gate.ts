// At most so many attempts in flight to one address, whoever asks. An attempt beyond them waits its turn, which counts
// for nothing but its request's deadline. The gate stands before the reactor and looks like it, so that a reactor without
// a gate costs nothing.
import { Turns } from '../callers/turns.ts';
import { monotonicMs } from '../clock.ts';
import type { AttemptResult, Endpoint } from '../reactor/protocol.ts';
import { askFor, type AttemptOptions, type Reactor, type Settle } from './attempt.ts';
import { type TurnWaiter, unasked, waitForTurn } from './turn.ts';

/** The attempts to one address. */
interface Door {
  inFlight: number;
  readonly turns: Turns<TurnWaiter>;
}

export class AddressGate implements Reactor {
  readonly #reactor: Reactor;
  readonly #maxInFlight: number;
  /** By the address's bytes; only addresses with an attempt in flight have one. */
  readonly #doors = new Map<string, Door>();

  constructor(reactor: Reactor, maxInFlight: number) {
    this.#reactor = reactor;
    this.#maxInFlight = maxInFlight;
  }

  /** Addresses that have an attempt in flight. */
  get size(): number {
    return this.#doors.size;
  }

  ask(endpoint: Endpoint, options: AttemptOptions, settle: Settle): void {
    void this.#attempt(endpoint, options).then(settle);
  }

  async #attempt(endpoint: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
    const key = String.fromCharCode(...endpoint.address.bytes);
    const door = this.#doors.get(key) ?? { inFlight: 0, turns: new Turns<TurnWaiter>() };
    this.#doors.set(key, door);
    const arrivedAt = monotonicMs();
    if (door.inFlight >= this.#maxInFlight) {
      const end = await waitForTurn(door.turns, options);
      if (end !== 'turn') return unasked(end, monotonicMs() - arrivedAt);
      door.turns.giveBack(options.caller); // A door counts its attempts itself.
    } else door.inFlight++;
    const waitedMs = monotonicMs() - arrivedAt;
    let result: AttemptResult | null = null;
    try {
      result = await askFor(this.#reactor, endpoint, options);
      return { ...result, queuedMs: result.queuedMs + waitedMs };
    } finally {
      // What goes on after the connect is in flight to the address, too.
      const connection = result?.connection ?? null;
      if (connection === null) this.#leave(key, door);
      else connection.whenOver(() => this.#leave(key, door));
    }
  }

  /** A place is handed on rather than given back, so that nobody slips in between. */
  #leave(key: string, door: Door): void {
    const next = door.turns.take();
    if (next === null) door.inFlight--;
    else next.end('turn');
    if (door.inFlight === 0) this.#doors.delete(key);
  }
}
