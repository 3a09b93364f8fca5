// Names to addresses, as the application next door would get them: getaddrinfo(3), with its hosts file, search domains
// and nsswitch. It cannot be cancelled and each call holds a thread, so lookups have a cap, equal names share one,
// answers are kept briefly, and no caller waits beyond its own deadline. Literals never come here.
import { lookup as getaddrinfo, promises as dns } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { LRUCache } from 'lru-cache';
import { monotonicMs } from '../clock.ts';
import { parseAddress, type Address } from '../net/address.ts';
import type { Cancellation } from './cancellation.ts';

/** libuv gives getaddrinfo half of its thread pool; beyond this, lookups wait here instead of there. */
export const MAX_LOOKUPS = 32;
const KEEP_FOUND_MS = 2000;
const KEEP_FAILED_MS = 1000;
const MOST_KEPT = 10_000;
/** Of all names together. What is too old leaves only when it is asked for, or for something newer. */
const MOST_ADDRESSES_KEPT = 100_000;
/** A reply lists all addresses of each of its names; whoever has a name of his own could make it as long as he likes. */
export const MOST_ADDRESSES = 1000;

/** Why a name has no address. `local` is reachd's own trouble; the rest is the resolver's word. */
export interface LookupFailure {
  readonly code:
    | 'NXDOMAIN'
    | 'NODATA'
    | 'SERVFAIL'
    | 'ETIMEOUT'
    | 'resolver-busy'
    | 'too-many-addresses'
    | 'ECANCELED'
    | (string & {});
  readonly local: boolean;
}

type Answer = readonly Address[] | LookupFailure;

export interface Lookup {
  readonly answer: Answer;
  readonly durationMs: number;
  readonly cached: boolean;
}

/** One getaddrinfo call: a promise of all addresses, in the order of RFC 6724. */
export type LookupCall = (name: string) => Promise<LookupAddress[]>;

interface Job {
  readonly name: string;
  readonly answer: Promise<Answer>;
  readonly settle: (answer: Answer) => void;
  waiters: number;
  started: boolean;
}

const BUSY: LookupFailure = { code: 'resolver-busy', local: true };
const LATE: LookupFailure = { code: 'ETIMEOUT', local: false };
const CANCELLED: LookupFailure = { code: 'ECANCELED', local: true };
const TOO_MANY: LookupFailure = { code: 'too-many-addresses', local: true };

export class Resolver {
  readonly #call: LookupCall;
  readonly #kept = new LRUCache<string, { answer: Answer }>({
    max: MOST_KEPT,
    maxSize: MOST_ADDRESSES_KEPT,
    sizeCalculation: ({ answer }) => (isFailure(answer) ? 1 : answer.length),
  });
  /** By name: every lookup that is waiting or running. */
  readonly #jobs = new Map<string, Job>();
  readonly #waiting: Job[] = [];
  #running = 0;
  #abandoned = 0;

  constructor(call: LookupCall = callGetaddrinfo) {
    this.#call = call;
  }

  /** getaddrinfo calls under way. */
  get running(): number {
    return this.#running;
  }

  /** Lookups whose callers had all gone before getaddrinfo answered, since the start. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** The addresses of `name`, or why there are none, by `deadline` (monotonic milliseconds) at the latest. */
  async lookup(name: string, deadline: number, cancellation: Cancellation): Promise<Lookup> {
    const startedAt = monotonicMs();
    const kept = this.#kept.get(name);
    if (kept !== undefined) return { answer: kept.answer, durationMs: 0, cached: true };
    if (cancellation.isCancelled) return { answer: CANCELLED, durationMs: 0, cached: false };
    const job = this.#jobs.get(name) ?? this.#enqueue(name);
    job.waiters++;
    const answer = await withinDeadline(job, deadline, cancellation);
    job.waiters--;
    if (job.waiters === 0 && !job.started) this.#drop(job);
    return { answer, durationMs: monotonicMs() - startedAt, cached: false };
  }

  #enqueue(name: string): Job {
    const { promise, settle } = deferred<Answer>();
    const job: Job = { name, answer: promise, settle, waiters: 0, started: false };
    this.#jobs.set(name, job);
    this.#waiting.push(job);
    this.#runNext();
    return job;
  }

  #runNext(): void {
    while (this.#running < MAX_LOOKUPS) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    job.started = true;
    this.#running++;
    const answer = await this.#call(job.name).then(toAnswer, toFailure);
    this.#running--;
    if (job.waiters === 0) this.#abandoned++;
    this.#jobs.delete(job.name);
    this.#kept.set(job.name, { answer }, { ttl: isFailure(answer) ? KEEP_FAILED_MS : KEEP_FOUND_MS });
    job.settle(answer);
    this.#runNext();
  }

  /** Nobody waits for it any more, and it has not begun. One that has keeps its thread, and answers who asks next. */
  #drop(job: Job): void {
    this.#abandoned++;
    this.#jobs.delete(job.name);
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
  }
}

export function isFailure(answer: Answer): answer is LookupFailure {
  return !Array.isArray(answer);
}

async function withinDeadline(job: Job, deadline: number, cancellation: Cancellation): Promise<Answer> {
  const { promise: cutOff, settle } = deferred<Answer>();
  // Timers come before I/O: an answer that is here already gets its turn first.
  const giveUp = (): void => void setImmediate(() => settle(job.started ? LATE : BUSY));
  const timer = setTimeout(giveUp, Math.max(0, deadline - monotonicMs()));
  const member = { cancel: () => settle(CANCELLED) };
  cancellation.add(member);
  try {
    return await Promise.race([job.answer, cutOff]);
  } finally {
    clearTimeout(timer);
    cancellation.delete(member);
  }
}

function toAnswer(found: readonly LookupAddress[]): Answer {
  const texts = new Set(found.map(({ address }) => address));
  if (texts.size > MOST_ADDRESSES) return TOO_MANY;
  const addresses = [...texts].map(parseAddress).filter((a) => a !== null);
  return addresses.length > 0 ? addresses : { code: 'NODATA', local: false };
}

function toFailure(error: unknown): LookupFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return { code, local: SHORTAGES.has(code) };
}
/** What this machine lacked for a lookup. */
const SHORTAGES = new Set(['ENOMEM', 'EAI_MEMORY', 'EMFILE', 'ENFILE', 'ENOBUFS']);

/** getaddrinfo, whose two vague answers are made plain: ENOTFOUND by its number, EAI_AGAIN by asking the server itself. */
async function callGetaddrinfo(name: string): Promise<LookupAddress[]> {
  try {
    return await new Promise((resolve, reject) => {
      getaddrinfo(name, { all: true, order: 'verbatim' }, (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND') throw coded(errno === EAI_NODATA ? 'NODATA' : 'NXDOMAIN');
    throw code === 'EAI_AGAIN' ? coded(await askAgain(name)) : error;
  }
}
/** libuv's number for "the name exists, but has no address". */
const EAI_NODATA = -3007;

/** getaddrinfo says "try again" for a server that failed and for one that kept silent alike; one plain query tells which. */
async function askAgain(name: string): Promise<string> {
  try {
    await new dns.Resolver({ timeout: ASK_AGAIN_MS, tries: 1 }).resolve4(name);
    return 'EAI_AGAIN';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return PLAIN_CODES[code ?? ''] ?? 'EAI_AGAIN';
  }
}
const ASK_AGAIN_MS = 500;
const PLAIN_CODES: Readonly<Record<string, string>> = {
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ETIMEOUT: 'ETIMEOUT',
  ENODATA: 'EAI_AGAIN',
};

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function deferred<T>(): { promise: Promise<T>; settle: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, settle };
}
