// One lookup: what came of it, and who waits for it. The waiter has two clocks: its own timeout runs from its turn, its
// request's deadline from the moment that the request was accepted.
import type { Queued } from '../callers/turns.ts';
import { monotonicMs } from '../clock.ts';
import type { Address } from '../net/address.ts';
import type { Due } from './due.ts';
import { CUT_SHORT, finding, type Finding, NOT_STARTED } from './outcome.ts';
import type { Waiting } from './run.ts';

/** Why a name has no address. `local` is reachd's own trouble; the rest is the resolver's word. */
export interface LookupFailure {
  readonly code:
    | 'NXDOMAIN'
    | 'NODATA'
    | 'SERVFAIL'
    | 'ETIMEOUT'
    | 'too-many-addresses'
    | 'not-started'
    | 'cut-short'
    | 'ECANCELED'
    | (string & {});
  readonly local: boolean;
}

export type Answer = readonly Address[] | LookupFailure;

export interface Lookup {
  readonly answer: Answer;
  /** From its turn to its answer, in milliseconds. */
  readonly durationMs: number;
  /** What it waited for its turn, in milliseconds. */
  readonly queuedMs: number;
  readonly cached: boolean;
}

export const SILENCE: LookupFailure = { code: 'ETIMEOUT', local: false };
export const UNBEGUN: LookupFailure = { code: 'not-started', local: true };
const BROKEN_OFF: LookupFailure = { code: 'cut-short', local: true };
export const CANCELLED: LookupFailure = { code: 'ECANCELED', local: true };

/** Who waits for one name: until its turn in its caller's line, from then on with everybody who waits for the name. */
export class Waiter implements Queued<Waiter> {
  readonly name: string;
  readonly timeoutMs: number;
  readonly waiting: Waiting;
  readonly joinedAt = monotonicMs();
  /** When its lookup began; null while it stands in line. */
  turnAt: number | null = null;
  #hasLeft = false;
  /** Ends its time. */
  #unset: () => void = () => undefined;
  /** Whether it stands in the lines of quick callers (lookup-turns.ts). */
  isQuick = false;
  line: Queued<Waiter>['line'] = null;
  ahead: Waiter | null = null;
  behind: Waiter | null = null;
  readonly deadlineMember = { cancel: (): void => this.end(this.turnAt === null ? UNBEGUN : BROKEN_OFF) };
  readonly #timeMember = { cancel: (): void => this.end(SILENCE) };
  readonly end: (answer: Answer) => void;

  constructor(name: string, timeoutMs: number, waiting: Waiting, end: (waiter: Waiter, answer: Answer) => void) {
    this.name = name;
    this.timeoutMs = timeoutMs;
    this.waiting = waiting;
    this.end = (answer) => end(this, answer);
    waiting.cancellation.add(this);
    waiting.deadline.passed.add(this.deadlineMember);
  }

  cancel(): void {
    this.end(CANCELLED);
  }

  /** Its lookup has begun, and its own time with it. */
  begin(due: Due): void {
    this.turnAt = monotonicMs();
    this.#unset = due.add(this.#timeMember, this.timeoutMs);
  }

  /** It waits no more. Returns whether it did until now. */
  leave(): boolean {
    if (this.#hasLeft) return false;
    this.#hasLeft = true;
    this.#unset();
    this.waiting.cancellation.delete(this);
    this.waiting.deadline.passed.delete(this.deadlineMember);
    return true;
  }
}

export function isFailure(answer: Answer): answer is LookupFailure {
  return !Array.isArray(answer);
}

/** What came of it for this waiter, now. */
export function lookupOf({ joinedAt, turnAt }: Waiter, answer: Answer): Lookup {
  const now = monotonicMs();
  return {
    answer,
    durationMs: turnAt === null ? 0 : now - turnAt,
    queuedMs: (turnAt ?? now) - joinedAt,
    cached: false,
  };
}

/** Why a name could not be turned into an address. */
export function outcomeOfLookup({ code, local }: LookupFailure): Finding {
  if (code === 'not-started') return NOT_STARTED;
  if (code === 'cut-short') return CUT_SHORT;
  if (code === 'ECANCELED') return finding('cancelled', 'local', code, 'cancelled before the name was resolved');
  const message = LOOKUP_MESSAGES[code] ?? 'the name could not be resolved';
  return finding(local ? 'failed' : 'unresolved', local ? 'local' : 'dns', code, message);
}

const LOOKUP_MESSAGES: Readonly<Record<string, string>> = {
  NXDOMAIN: 'no such name',
  NODATA: 'the name has no address',
  SERVFAIL: 'the DNS server failed to answer for the name',
  REFUSED: 'the DNS server refused to answer for the name',
  ETIMEOUT: 'the resolver did not answer in time',
  EAI_AGAIN: 'the resolver had a temporary failure',
  'too-many-addresses': 'the name has more addresses than reachd takes of one (1000)',
};
