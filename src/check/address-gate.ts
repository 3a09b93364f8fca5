// At most so many attempts in flight to one address, whoever asks: what is beyond waits its turn, within its deadline.
// It stands before the reactor and looks like it, so that a reactor without a gate costs nothing.
import { monotonicMs } from '../clock.ts';
import type { AttemptResult, Endpoint } from '../reactor/protocol.ts';
import type { Reactor } from './attempt.ts';

type AttemptOptions = Parameters<Reactor['attempt']>[1];

/** Ends an attempt's wait: with its turn, or without. */
type EndWait = (end: 'turn' | 'expired' | 'cancelled') => void;

/** The attempts to one address. */
interface Door {
  inFlight: number;
  /** Who waits, by caller in the order of their turns, so that a batch of one does not keep out another's single check. */
  readonly lines: Map<number, Set<EndWait>>;
}

export class AddressGate implements Reactor {
  readonly #reactor: Reactor;
  readonly #maxInFlight: number;
  /** Of the addresses with an attempt in flight. */
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
    const door = this.#doors.get(key) ?? { inFlight: 0, lines: new Map<number, Set<EndWait>>() };
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
      if (!callNext(door)) door.inFlight--;
      if (door.inFlight === 0) this.#doors.delete(key);
    }
  }
}

/** Until a place is handed over, the deadline is there, or the caller has left. */
function turn({ lines }: Door, { caller, deadline, cancellation }: AttemptOptions): Promise<Parameters<EndWait>[0]> {
  return new Promise((resolve) => {
    const line = lines.get(caller) ?? new Set();
    lines.set(caller, line);
    const timer = setTimeout(() => endWait('expired'), Math.max(0, deadline - monotonicMs()));
    const member = { cancel: () => endWait('cancelled') };
    const endWait: EndWait = (end) => {
      clearTimeout(timer);
      cancellation.delete(member);
      line.delete(endWait);
      if (line.size === 0 && lines.get(caller) === line) lines.delete(caller);
      resolve(end);
    };
    line.add(endWait);
    cancellation.add(member);
  });
}

/** Calls the first of the line whose turn it is; the line goes behind the others. */
function callNext({ lines }: Door): boolean {
  for (const [caller, line] of lines) {
    const [first] = line;
    if (first === undefined) continue;
    lines.delete(caller);
    if (line.size > 1) lines.set(caller, line);
    first('turn');
    return true;
  }
  return false;
}

/** The result of an attempt that never had its turn. */
function unasked(ending: 'expired' | 'cancelled', queuedMs: number): AttemptResult {
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
