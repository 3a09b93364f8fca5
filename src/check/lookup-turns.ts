// Whose lookup is next. Callers take turns, and there are places beyond those for everybody: for callers whose last lookup
// was answered soon. A lookup that nobody answers holds its place for seconds, after its caller has left too, so as many
// callers of such names as there are places would hold up everybody else's names. It runs no lookup.
import { LRUCache } from 'lru-cache';
import { Turns } from '../callers/turns.ts';
import { Due } from './due.ts';
import type { Waiter } from './lookup.ts';

/** libuv gives getaddrinfo half of its thread pool; beyond these and KEPT_LOOKUPS, lookups wait here instead of there. */
export const MAX_LOOKUPS = 32;
export const KEPT_LOOKUPS = 8;
/** For each call that is free, so many are open to every caller: 26 for one alone; it takes eight to have them all. */
const SHARE = 4;
/** Of the places that are kept, what one caller may come to have while the others are all taken. */
const SHARE_OF_KEPT = 2;
/** What is answered by then is answered soon. */
export const SOON_MS = 250;
/** Callers that are known for that. */
const MAX_KNOWN = 1000;

export class LookupTurns {
  readonly #turns = new Turns<Waiter>();
  /** The lines of callers that are quick. */
  readonly #quickTurns = new Turns<Waiter>();
  readonly #quick = new LRUCache<number, true>({ max: MAX_KNOWN });
  readonly #due = new Due();
  #isQuickNext = false;

  push(waiter: Waiter): void {
    const { caller, request } = waiter.waiting;
    waiter.isQuick = this.#quick.has(caller);
    this.#linesOf(waiter).push(caller, request, waiter);
  }

  remove(waiter: Waiter): void {
    this.#linesOf(waiter).remove(waiter);
  }

  /** Takes whose turn it is where `running` lookups run; null when nobody may run one. */
  take(running: number): Waiter | null {
    const most = (MAX_LOOKUPS - running) * SHARE;
    const mostQuick = running < MAX_LOOKUPS ? most : running < MAX_LOOKUPS + KEPT_LOOKUPS ? SHARE_OF_KEPT : 0;
    this.#isQuickNext = !this.#isQuickNext;
    if (this.#isQuickNext) return this.#takeQuick(mostQuick) ?? this.#turns.take(most);
    return this.#turns.take(most) ?? this.#takeQuick(mostQuick);
  }

  /** The lookup of `waiter`, which was taken, has begun. Call what it returns when it has ended. */
  begin({ waiting: { caller }, isQuick }: Waiter): () => void {
    let isSoon = true;
    const member = {
      cancel: () => {
        isSoon = false;
        this.#quick.delete(caller);
      },
    };
    const unset = this.#due.add(member, SOON_MS);
    return () => {
      unset();
      if (isSoon) this.#quick.set(caller, true);
      (isQuick ? this.#quickTurns : this.#turns).giveBack(caller);
    };
  }

  #takeQuick(most: number): Waiter | null {
    for (;;) {
      const waiter = this.#quickTurns.take(most);
      if (waiter === null || this.#quick.has(waiter.waiting.caller)) return waiter;
      // It has been slow meanwhile.
      this.#quickTurns.giveBack(waiter.waiting.caller);
      this.push(waiter);
    }
  }

  #linesOf({ isQuick }: Waiter): Turns<Waiter> {
    return isQuick ? this.#quickTurns : this.#turns;
  }
}
