// Several addresses of one name. `any` is RFC 8305: families take turns, an attempt starts when the one before it has
// failed or has been under way for 250 ms, the first open one wins and the others are cancelled. The race has its time
// from its first start.
import { monotonicMs } from '../clock.ts';
import type { Address } from '../net/address.ts';
import { attempt, type Plan } from './attempt.ts';
import { Cancellation } from './cancellation.ts';
import type { AttemptReport } from './result.ts';

/** RFC 8305, section 5: Connection Attempt Delay. */
export const STAGGER_MS = 250;
/** The contract's shortest timeout: with less time left, an attempt would prove nothing of its address. */
export const MIN_LEFT_MS = 10;

/** By answer: ten thousand checks of one name share its order, too. */
const INTERLEAVED = new WeakMap<readonly Address[], readonly Address[]>();

/** The addresses with their families taking turns, each family in its own order, beginning with the first one's. */
export function interleave(addresses: readonly Address[]): readonly Address[] {
  if (addresses.length === 1) return addresses;
  const known = INTERLEAVED.get(addresses);
  if (known !== undefined) return known;
  const interleaved = takeTurns(addresses);
  INTERLEAVED.set(addresses, interleaved);
  return interleaved;
}

function takeTurns(addresses: readonly Address[]): readonly Address[] {
  const first = addresses.filter((address) => address.family === addresses[0]?.family);
  const second = addresses.filter((address) => address.family !== addresses[0]?.family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/** The reports of the attempts that were made within `timeoutMs` of the first start, in the order of their turns. */
export async function race(plan: Plan, timeoutMs: number): Promise<AttemptReport[]> {
  const { cancellation, deadline } = plan.waiting;
  const decided = new Cancellation();
  if (cancellation.isCancelled) decided.cancel();
  cancellation.add(decided);
  const attempts: Promise<AttemptReport>[] = [];
  let endsAt = Infinity;
  for (const address of plan.addresses) {
    const leftMs = Math.min(timeoutMs, endsAt - monotonicMs());
    const isLate = attempts.length > 0 && (leftMs < MIN_LEFT_MS || deadline.isPassed);
    if (isLate || decided.isCancelled) break;
    const askedAt = monotonicMs();
    const start = new HeadStart();
    const report = attempt(plan, address, leftMs, decided, start.begin);
    attempts.push(report);
    void report.then(({ outcome }) => {
      if (outcome === 'open') decided.cancel();
      start.end();
    });
    await start.over;
    // What a later attempt waits inside reachd is not the race's time either.
    if (start.at !== null) endsAt = endsAt === Infinity ? start.at + timeoutMs : endsAt + start.at - askedAt;
  }
  const reports = await Promise.all(attempts);
  cancellation.delete(decided);
  return reports;
}

/** The time that an attempt has before the next one starts: it begins with its own start, not while it waits for that. */
class HeadStart {
  /** When the attempt started; null while it has not. */
  at: number | null = null;
  readonly over: Promise<void>;
  #resolve: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.over = new Promise((resolve) => (this.#resolve = resolve));
  }

  readonly begin = (startedAt: number): void => {
    this.at = startedAt;
    this.#timer = setTimeout(this.#resolve, Math.max(0, startedAt + STAGGER_MS - monotonicMs()));
  };

  /** The attempt has settled, as it also does when somebody wins. */
  end(): void {
    clearTimeout(this.#timer);
    this.#resolve();
  }
}
