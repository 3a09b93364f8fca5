// At most so many attempts in flight to one address, whoever asks. An attempt beyond them waits its turn, which counts
// for nothing but its request's deadline. The gate stands before the reactor and looks like it, so that a reactor without
// a gate costs nothing.
import { type Queued, Turns } from '../callers/turns.ts';
import { monotonicMs } from '../clock.ts';
import type { AttemptResult, Endpoint } from '../reactor/protocol.ts';
import type { AttemptOptions, Reactor } from './attempt.ts';

/** How a wait ended: with a turn, or without. */
type End = 'turn' | 'not-started' | 'cancelled';

/** An attempt that waits for its turn. */
class Waiter implements Queued<Waiter> {
  line: Queued<Waiter>['line'] = null;
  ahead: Waiter | null = null;
  behind: Waiter | null = null;
  end: (end: End) => void = () => undefined;

  cancel(): void {
    this.end('cancelled');
  }
}

/** The attempts to one address. */
interface Door {
  inFlight: number;
  readonly turns: Turns<Waiter>;
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

  async attempt(endpoint: Endpoint, options: AttemptOptions): Promise<AttemptResult> {
    const key = String.fromCharCode(...endpoint.address.bytes);
    const door = this.#doors.get(key) ?? { inFlight: 0, turns: new Turns<Waiter>() };
    this.#doors.set(key, door);
    const arrivedAt = monotonicMs();
    if (door.inFlight >= this.#maxInFlight) {
      const end = await turn(door, options);
      if (end !== 'turn') return unasked(end, monotonicMs() - arrivedAt);
    } else door.inFlight++;
    const waitedMs = monotonicMs() - arrivedAt;
    try {
      const result = await this.#reactor.attempt(endpoint, options);
      return { ...result, queuedMs: result.queuedMs + waitedMs };
    } finally {
      // A place is handed on rather than given back, so that nobody slips in between.
      const next = door.turns.take();
      if (next === null) door.inFlight--;
      else next.end('turn');
      if (door.inFlight === 0) this.#doors.delete(key);
    }
  }
}

/** Until a place is handed over, the request's deadline has passed, or its caller has left. */
function turn({ turns }: Door, { caller, request, passed, cancellation }: AttemptOptions): Promise<End> {
  return new Promise((resolve) => {
    const waiter = new Waiter();
    const late = { cancel: () => waiter.end('not-started') };
    waiter.end = (end) => {
      cancellation.delete(waiter);
      passed.delete(late);
      turns.remove(waiter);
      if (end === 'turn') turns.giveBack(caller); // A door counts its attempts itself.
      resolve(end);
    };
    turns.push(caller, request, waiter);
    cancellation.add(waiter);
    passed.add(late);
  });
}

/** The result of an attempt that never had its turn. */
function unasked(ending: 'not-started' | 'cancelled', queuedMs: number): AttemptResult {
  return {
    ending,
    syscall: null,
    errno: 0,
    latencyMs: null,
    queuedMs,
    tcp: null,
    icmp: null,
    startedAt: null,
    local: null,
  };
}
