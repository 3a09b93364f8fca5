// Names to addresses. getaddrinfo(3) cannot be cancelled and each call holds a thread, so lookups have a cap, callers take
// turns at it, equal names share one call, and answers are kept briefly. A lookup has its caller's timeout from its own
// turn; what it waits before that counts for nothing but the request's deadline. Literals never come here.
import type { LookupAddress } from 'node:dns';
import { LRUCache } from 'lru-cache';
import { parseAddress } from '../net/address.ts';
import { Due } from './due.ts';
import { callGetaddrinfo } from './getaddrinfo.ts';
import {
  type Answer,
  CANCELLED,
  isFailure,
  type Lookup,
  lookupOf,
  type LookupFailure,
  UNBEGUN,
  Waiter,
} from './lookup.ts';
import { LookupTurns } from './lookup-turns.ts';
import type { Waiting } from './run.ts';

const KEEP_FOUND_MS = 2000;
const KEEP_FAILED_MS = 1000;
const MAX_KEPT = 10_000;
/** Of all names together. An answer that is too old leaves only when it is asked for, or for a newer one. */
const MAX_ADDRESSES_KEPT = 100_000;
/** A reply lists all addresses of each of its names; whoever has a name of his own could make it as long as he likes. */
export const MAX_ADDRESSES = 1000;

/** One getaddrinfo call: a promise of all addresses, in the order of RFC 6724. */
export type LookupCall = (name: string) => Promise<LookupAddress[]>;

/** A name that somebody waits for, or that is being looked up. */
interface Sought {
  readonly waiters: Set<Waiter>;
  isRunning: boolean;
}

/** Waiters that are told in one turn of the event loop. */
const A_TURN = 128;
const TOO_MANY: LookupFailure = { code: 'too-many-addresses', local: true };

export class Resolver {
  readonly #call: LookupCall;
  readonly #kept = new LRUCache<string, { answer: Answer }>({
    max: MAX_KEPT,
    maxSize: MAX_ADDRESSES_KEPT,
    sizeCalculation: ({ answer }) => (isFailure(answer) ? 1 : answer.length),
  });
  readonly #sought = new Map<string, Sought>();
  readonly #turns = new LookupTurns();
  readonly #due = new Due();
  #running = 0;
  #abandoned = 0;

  constructor(call: LookupCall = callGetaddrinfo) {
    this.#call = call;
  }

  /** getaddrinfo calls under way. */
  get running(): number {
    return this.#running;
  }

  /** Lookups that had nobody left to wait for them before getaddrinfo answered, since the start. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** The addresses of `name`, or why there are none, at most `timeoutMs` after its turn. Never rejects. */
  lookup(name: string, timeoutMs: number, waiting: Waiting): Promise<Lookup> {
    const kept = this.#kept.get(name);
    if (kept !== undefined) return Promise.resolve({ answer: kept.answer, durationMs: 0, queuedMs: 0, cached: true });
    const refused = waiting.cancellation.isCancelled ? CANCELLED : waiting.deadline.isPassed ? UNBEGUN : null;
    if (refused !== null) return Promise.resolve({ answer: refused, durationMs: 0, queuedMs: 0, cached: false });
    return new Promise((resolve) => {
      this.#wait(
        new Waiter(name, timeoutMs, waiting, (waiter, answer) => {
          if (this.#leave(waiter)) resolve(lookupOf(waiter, answer));
        }),
      );
    });
  }

  #wait(waiter: Waiter): void {
    let sought = this.#sought.get(waiter.name);
    if (sought === undefined) this.#sought.set(waiter.name, (sought = { waiters: new Set(), isRunning: false }));
    sought.waiters.add(waiter);
    if (sought.isRunning) return waiter.begin(this.#due);
    this.#turns.push(waiter);
    this.#runNext();
  }

  #runNext(): void {
    for (;;) {
      const waiter = this.#turns.take(this.#running);
      if (waiter === null) return;
      void this.#run(waiter);
    }
  }

  /** Looks up the name of `first`, for everybody who waits for it: they leave their lines. */
  async #run(first: Waiter): Promise<void> {
    const { name } = first;
    const sought = this.#sought.get(name);
    if (sought === undefined) return;
    sought.isRunning = true;
    this.#running++;
    const end = this.#turns.begin(first);
    for (const waiter of sought.waiters) {
      this.#turns.remove(waiter);
      waiter.begin(this.#due);
    }
    const answer = await this.#call(name).then(toAnswer, toFailure);
    this.#running--;
    end();
    this.#sought.delete(name);
    this.#kept.set(name, { answer }, { ttl: isFailure(answer) ? KEEP_FAILED_MS : KEEP_FOUND_MS });
    if (sought.waiters.size === 0) this.#abandoned++;
    tell(sought.waiters, answer);
    this.#runNext();
  }

  /** Whether `waiter` was still waiting; it is no more. A call that runs keeps its thread, and answers who asks next. */
  #leave(waiter: Waiter): boolean {
    if (!waiter.leave()) return false;
    this.#turns.remove(waiter);
    const sought = this.#sought.get(waiter.name);
    // Its answer may be here already, and be told to others before it.
    if (sought?.waiters.delete(waiter) !== true) return true;
    if (sought.waiters.size > 0 || sought.isRunning) return true;
    this.#abandoned++;
    this.#sought.delete(waiter.name);
    return true;
  }
}

/** A few at a time where they are many: each goes on with its check. Those that leave meanwhile are not told. */
function tell(waiters: Set<Waiter>, answer: Answer): void {
  let told = 0;
  for (const waiter of waiters) {
    if (told++ === A_TURN) return void setImmediate(() => tell(waiters, answer));
    waiters.delete(waiter);
    waiter.end(answer);
  }
}

function toAnswer(found: readonly LookupAddress[]): Answer {
  const texts = new Set(found.map(({ address }) => address));
  if (texts.size > MAX_ADDRESSES) return TOO_MANY;
  const addresses = [...texts].map(parseAddress).filter((a) => a !== null);
  return addresses.length > 0 ? addresses : { code: 'NODATA', local: false };
}

function toFailure(error: unknown): LookupFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return { code, local: SHORTAGES.has(code) };
}
/** What this machine lacked for a lookup. */
const SHORTAGES = new Set(['ENOMEM', 'EAI_MEMORY', 'EMFILE', 'ENFILE', 'ENOBUFS']);
