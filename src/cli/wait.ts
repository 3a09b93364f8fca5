// `reachd wait`: asks each target again and again until it is as expected, and ends at once when all are. What does not
// answer is asked anew before its time is over: a port may open while an earlier SYN waits to be sent again.
import type { CheckResult } from '../check/result.ts';
import type { Asking } from './asking-flags.ts';
import { type Answer, type Door, DoorError } from './door.ts';
import { Interruption } from './interruption.ts';
import { StandardOutput } from './output/standard-output.ts';
import { Table } from './output/table.ts';
import { reasonOf } from './output/words.ts';
import { Tally } from '../check/tally.ts';
import { formatMs } from './time.ts';
import { type Entry, Targets } from './targets.ts';
import { UsageError } from './usage-error.ts';

export interface WaitPlan {
  readonly asking: Asking;
  readonly words: readonly string[];
  readonly files: readonly string[];
  /** null: without end. */
  readonly withinMs: number | null;
  readonly isQuiet: boolean;
}

/** From one question to the next about a target that answers, and about one that does not. */
const EVERY_MS = 50;
const SILENT_MS = 80;
/** A name that does not resolve: each question goes to a DNS server. */
const UNRESOLVED_MS = 500;
/** Questions a second, over all targets. */
const MAX_RATE = 2000;

/** Resolves with the exit status. */
export async function wait(plan: WaitPlan): Promise<number> {
  const entries: Entry[] = [];
  for await (const some of new Targets(plan.words, plan.files)) entries.push(...some);
  if (entries.length === 0) {
    throw new UsageError('nothing to wait for: name a target, such as db.internal:5432, or a file of them with --file');
  }
  const complain = (line: string): void => void process.stderr.write(`reachd: ${line}\n`);
  const door = await plan.asking.open(complain);
  const startedAt = performance.now();
  const waiting = new Waiting(door, entries, plan.isQuiet ? () => undefined : complain);
  const interruption = new Interruption(() => waiting.end());
  const isOk = await waiting.all(plan.withinMs);
  const tookMs = performance.now() - startedAt;
  if (!plan.isQuiet) await report(waiting.results, tookMs);
  if (!isOk && !plan.isQuiet && interruption.status === null)
    complain(`gave up after ${formatMs(tookMs)}: ${waiting.missing}`);
  await door.close();
  return interruption.status ?? (isOk ? 0 : 1);
}

async function report(results: readonly CheckResult[], durationMs: number): Promise<void> {
  const output = new StandardOutput();
  const table = new Table(output, results.length === 1);
  const tally = new Tally();
  results.forEach((result, index) => {
    tally.count(result);
    table.row({ index, entry: { target: result.target, at: null }, answer: { result } });
  });
  table.end({ summary: { ...tally.summary, invalid: 0 }, durationMs });
  await output.end();
}

/** One target, until it is as expected. */
interface Awaited {
  readonly entry: Entry;
  last: CheckResult | null;
  timer: NodeJS.Timeout | undefined;
}

class Waiting {
  readonly #door: Door;
  readonly #tell: (line: string) => void;
  readonly #everyMs: number;
  readonly #all: readonly Awaited[];
  readonly #left: Set<Awaited>;
  #over: () => void = () => undefined;
  #failure: Error | null = null;

  constructor(door: Door, entries: readonly Entry[], tell: (line: string) => void) {
    this.#door = door;
    this.#tell = tell;
    this.#everyMs = Math.max(EVERY_MS, (1000 * entries.length) / MAX_RATE);
    this.#all = entries.map((entry) => ({ entry, last: null, timer: undefined }));
    this.#left = new Set(this.#all);
  }

  /** What is known of each target. */
  get results(): readonly CheckResult[] {
    return this.#all.flatMap(({ last }) => (last === null ? [] : [last]));
  }

  /** In words, the targets that are not as expected. */
  get missing(): string {
    const [first] = this.#left;
    const others = this.#left.size - 1;
    return `${first?.entry.target ?? ''}${others > 0 ? ` and ${others} more` : ''} not as expected`;
  }

  /** Resolves with whether every target was as expected within `withinMs`. */
  async all(withinMs: number | null): Promise<boolean> {
    const over = new Promise<void>((resolve) => (this.#over = resolve));
    const timer = withinMs === null ? undefined : setTimeout(() => this.end(), Math.max(0, withinMs));
    for (const awaited of this.#all) this.#ask(awaited);
    await over;
    clearTimeout(timer);
    for (const { timer } of this.#all) clearTimeout(timer);
    this.#door.cancel(); // Of a target that is there, more than one question may be under way.
    await this.#door.finish();
    if (this.#failure !== null) throw this.#failure;
    return this.#left.size === 0;
  }

  end(): void {
    this.#over();
  }

  #ask(awaited: Awaited): void {
    const askedAt = performance.now();
    const question = { isAnswered: false };
    const again = (ms: number): void => {
      clearTimeout(awaited.timer);
      awaited.timer = setTimeout(() => this.#ask(awaited), Math.max(0, ms - (performance.now() - askedAt)));
    };
    const room = this.#door.ask(awaited.entry.target, (answer) => {
      question.isAnswered = true;
      const wantedMs = this.#learn(awaited, answer);
      if (wantedMs !== null && this.#left.has(awaited)) again(Math.max(wantedMs, this.#everyMs));
    });
    if (room !== null)
      void room.then(
        () => this.#ask(awaited),
        (error: unknown) => this.#fail(error),
      );
    else if (!question.isAnswered) again(Math.max(SILENT_MS, this.#everyMs));
  }

  /** In what time to ask again; null: not for this answer. */
  #learn(awaited: Awaited, answer: Answer): number | null {
    if ('problem' in answer) {
      this.#fail(new DoorError(`${awaited.entry.at ?? awaited.entry.target}: ${answer.problem}`));
      return null;
    }
    const { result } = answer;
    // What was cancelled at the end says nothing.
    if (!this.#left.has(awaited) || result.outcome === 'cancelled') return null;
    if (awaited.last?.outcome !== result.outcome && !result.ok) {
      this.#tell(`waiting for ${result.target}: ${result.outcome}, ${reasonOf(result)}`);
    }
    awaited.last = result;
    if (result.ok) this.#left.delete(awaited);
    // A policy does not change its mind.
    if (this.#left.size === 0 || result.outcome === 'denied') this.end();
    return result.outcome === 'unresolved' ? UNRESOLVED_MS : result.outcome === 'timeout' ? null : EVERY_MS;
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.end();
  }
}
