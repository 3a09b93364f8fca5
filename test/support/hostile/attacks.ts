// What hostile callers do: each attack is one request, sent again and again by each of its callers, on some connections at a
// time. None of them asks for anything that is not allowed.
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exchange } from './exchange.ts';

interface Attack {
  /** Of each caller, at a time. */
  readonly connections: number;
  /** Then it leaves, if it has not been refused or answered before. */
  readonly holdMs: number;
  readonly accept?: string;
  readonly reads?: boolean;
  /** Of what is announced, so many bytes are never sent. */
  readonly withheld?: number;
  /** `open`: the port of a target that answers. `n` is another number each time. */
  readonly body: (open: number, n: number) => string | Buffer;
}

/** How long a caller waits before it begins again. */
const PAUSE_MS = 100;
const HALF_BYTES = 10_000_000;
const HALF = Buffer.alloc(HALF_BYTES, ' ');

/** Rounds of a thousand targets: as many as may be, and fewer, which a small container may let in. */
const COUNTS = [100, 30] as const;
const rounds = (open: number, count: number, intervalMs: number): string =>
  JSON.stringify({ targets: Array<string>(1000).fill(`127.0.0.1:${open}`), count, intervalMs });
const quickRounds = (open: number, n: number): string => rounds(open, COUNTS[n % 2] ?? 1, 0);
const names = (count: number, n: number, more: object): string =>
  JSON.stringify({ targets: Array.from({ length: count }, (_, i) => `silent-${n}-${i}.lab:80`), ...more });

export const ATTACKS = {
  'replies that nobody reads': {
    connections: 2,
    holdMs: 20_000,
    reads: false,
    body: quickRounds,
  },
  'lines that nobody reads': {
    connections: 2,
    holdMs: 20_000,
    reads: false,
    accept: 'application/x-ndjson',
    body: quickRounds,
  },
  'silent names': { connections: 2, holdMs: 20_000, body: (_, n) => names(64, n, { timeoutMs: 30_000 }) },
  'silent names, whose callers leave': {
    connections: 1,
    holdMs: 400,
    body: (_, n) => names(64, n, { timeoutMs: 30_000 }),
  },
  'rounds a minute apart': {
    connections: 1,
    holdMs: 8000,
    body: (open, n) => rounds(open, COUNTS[n % 2] ?? 1, 60_000),
  },
  'half-sent bodies': { connections: 5, holdMs: 8000, withheld: 1, body: () => HALF },
  'ten thousand silent names that wait': {
    connections: 3,
    holdMs: 20_000,
    body: (_, n) => names(10_000, n, { deadlineMs: 2000 }),
  },
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackName = keyof typeof ATTACKS;

/** Where a siege goes, and who they are. */
export interface Siege {
  readonly port: number;
  readonly open: number;
  /** A token of each caller. */
  readonly tokens: readonly string[];
  readonly attack: AttackName;
}

/** How often the callers came to what: a status, `held` for none at all, `closed` where the connection was. */
export type Tally = Record<string, number>;

let last = 0;

/** Goes on until `isOver`. Every status is counted in `tally`; a refusal that does not say when to come again is odd. */
export async function besiege({ port, open, tokens, attack }: Siege, isOver: AbortSignal, tally: Tally): Promise<void> {
  const { connections, holdMs, body, ...how }: Attack = ATTACKS[attack];
  setMaxListeners(0, isOver);
  await Promise.all(tokens.flatMap((token) => Array.from({ length: connections }, () => siege(token))));

  async function siege(token: string): Promise<void> {
    while (!isOver.aborted) {
      const sent = body(open, (last += 1));
      const bytes = Buffer.byteLength(sent) + (how.withheld ?? 0);
      const exchange = new Exchange({ port, token, body: sent, bytes, ...how });
      const left = new AbortController();
      await Promise.race([exchange.refused, pause(holdMs, AbortSignal.any([isOver, left.signal]))]);
      left.abort();
      count(tally, nameOf(exchange));
      exchange.leave();
      await exchange.ended;
      await pause(PAUSE_MS, isOver);
    }
  }
}

function nameOf({ status, head }: Exchange): string {
  if (status === null) return 'held';
  const saysWhen = /^retry-after: \d+$/m.test(head.replaceAll('\r', ''));
  return [429, 503].includes(status) && !saysWhen ? `${status} without Retry-After` : String(status);
}

export function count(tally: Tally, key: string): void {
  tally[key] = (tally[key] ?? 0) + 1;
}

/** Ends early when `signal` says so. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
