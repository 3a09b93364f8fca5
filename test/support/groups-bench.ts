// Groups on a schedule whose time a test moves, asked by a function of the test's: no thread, no socket, no real time.
import type { Ask } from '../../src/groups/group.ts';
import type { CheckResult } from '../../src/check/result.ts';
import type { Outcome } from '../../src/check/outcome.ts';
import { DEFAULTS } from '../../src/config/settings.ts';
import { Contract } from '../../src/contract/contract.ts';
import { parseFile } from '../../src/groups/file-definition.ts';
import type { GroupDefinition } from '../../src/groups/group-definition.ts';
import type { Change } from '../../src/groups/group-view.ts';
import { Groups } from '../../src/groups/groups.ts';
import type { Timing } from '../../src/groups/timing.ts';
import { replyOf, resultOf } from './build.ts';
import { settled } from './fake-time.ts';

const contract = new Contract(DEFAULTS);

/** Groups as a file says them. Throws where it could not. */
export function definitionsOf(...groups: readonly object[]): readonly GroupDefinition[] {
  const parsed = parseFile({ groups }, contract);
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  return parsed.groups;
}

/** Time that stands still until it is moved. Chance is `random`, always. */
export class HandTiming implements Timing {
  at = 0;
  chance = 0.5;
  #timers: { readonly at: number; readonly then: () => void }[] = [];

  now(): number {
    return this.at;
  }

  wall(): string {
    return new Date(this.at).toISOString();
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.at + ms, then };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Timers that have still to come. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Moves on by `ms`, from timer to timer, and lets whatever they set off settle. */
  async advance(ms: number): Promise<void> {
    const end = this.at + ms;
    await settled();
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.at = Math.max(this.at, next.at);
      next.then();
      await settled();
    }
    this.at = end;
  }
}

/** A result of `outcome`, as a checker would have it for a target that is expected to be open. */
export function resultAs(check: Parameters<typeof resultOf>[0], outcome: Outcome): CheckResult {
  return { ...resultOf(check), ok: outcome === 'open', outcome };
}

export interface GroupsBench {
  readonly groups: Groups;
  readonly timing: HandTiming;
  /** When each round was asked, and by whom. */
  readonly asked: { readonly at: number; readonly id: string; readonly targets: readonly string[] }[];
  readonly changes: (Change & { readonly group: string; readonly bad: readonly string[] })[];
  readonly troubles: (string | null)[];
  /** What each target comes to from now on; a function may answer later, or throw. */
  outcome: (target: string) => Outcome;
  /** Instead of an answer at once. */
  ask: Ask | null;
}

/** Groups that have begun. */
export function benchOf(...groups: readonly object[]): GroupsBench {
  const timing = new HandTiming();
  const bench: GroupsBench = {
    groups: new Groups(timing),
    timing,
    asked: [],
    changes: [],
    troubles: [],
    outcome: () => 'open',
    ask: null,
  };
  bench.groups.define(definitionsOf(...groups));
  bench.groups.begin({
    ask: async (checks, inquiry) => {
      bench.asked.push({ at: timing.at, id: inquiry.asker.id, targets: checks.map(({ target }) => target.text) });
      await Promise.resolve(); // The test says what comes of the first round once it has the bench.
      if (bench.ask !== null) return bench.ask(checks, inquiry);
      return replyOf(checks.map((check) => resultAs(check, bench.outcome(check.target.text))));
    },
    listener: {
      changed: (group, change, bad) => bench.changes.push({ group, ...change, bad }),
      troubled: (_group, trouble) => bench.troubles.push(trouble),
    },
  });
  return bench;
}
