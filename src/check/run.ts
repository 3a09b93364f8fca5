// One request of an asker on its way through: what all its checks share. Every wait takes one, whether for a place among
// the lookups, for a turn at an address, or between rounds.
import { LRUCache } from 'lru-cache';
import type { Cancellation } from './cancellation.ts';
import type { RequestDeadline } from './request-deadline.ts';

/** What a wait must know: whose turn it takes, and what ends it without one. */
export interface Waiting {
  /** Callers take turns, and within a caller its requests: 32-bit integers, as on the wire. */
  readonly caller: number;
  readonly request: number;
  readonly cancellation: Cancellation;
  readonly deadline: RequestDeadline;
}

/** Callers without a request whose numbers are kept. */
const MAX_IDLE = 1000;

/** Numbers for callers and requests, as lines and the wire take them. A caller that comes again has the number that it had. */
export class Numbers {
  readonly #idle = new LRUCache<string, number>({ max: MAX_IDLE });
  readonly #callers = new Map<string, { readonly number: number; requests: number }>();
  #last = 0;

  /** The numbers of a new request of the caller `name`. */
  open(name: string): { readonly caller: number; readonly request: number } {
    const known = this.#callers.get(name);
    const caller = known ?? { number: this.#idle.get(name) ?? this.#next(), requests: 0 };
    if (known === undefined) this.#callers.set(name, caller);
    caller.requests++;
    return { caller: caller.number, request: this.#next() };
  }

  /** A request of the caller `name` is over. */
  close(name: string): void {
    const caller = this.#callers.get(name);
    if (caller === undefined || --caller.requests > 0) return;
    this.#callers.delete(name);
    this.#idle.set(name, caller.number);
  }

  #next(): number {
    return (this.#last = (this.#last + 1) | 0);
  }
}
