// What is known of one group: its verdict, and how it came to it. It is told of rounds and of time, and asks nobody.
import type { CheckResult } from '../check/result.ts';
import type { Change, GroupReport, GroupSnapshot, Phase, Readiness, Round, TargetReport } from './group-view.ts';
import type { GroupDefinition } from './group-definition.ts';
import { tellingOf, tellingOfRound } from './telling.ts';
import { afterRound, announced, recounted, type State, type Telling, UNKNOWN, type Verdict } from './verdict.ts';

const MOST_ROUNDS = 60;
const MOST_CHANGES = 10;

/** When something was: on the monotonic clock, and for people. */
export interface Instant {
  readonly now: number;
  readonly wall: string;
}

export class GroupRecord {
  #definition: GroupDefinition;
  #verdict: Verdict = UNKNOWN;
  #since: string;
  /** When the last round that told something began; null before the first. */
  #checked: Instant | null = null;
  readonly #begun: Instant;
  #hasBeenUp = false;
  readonly #rounds: Round[] = [];
  /** The latest first. */
  readonly #changes: Change[] = [];
  readonly #changesTo: Record<State, number> = { unknown: 0, up: 0, down: 0 };
  /** In the order of the definition. */
  #targets: readonly TargetReport[];

  constructor(definition: GroupDefinition, begun: Instant) {
    this.#definition = definition;
    this.#begun = begun;
    this.#since = begun.wall;
    this.#targets = targetsOf(definition, []);
  }

  /** Up is decided and waits for its announcement. */
  get isWaiting(): boolean {
    return this.#verdict.isWaiting;
  }

  /** Another question is asked from now on. The verdict stands until rounds of that one turn it. */
  redefine(definition: GroupDefinition): void {
    this.#definition = definition;
    this.#verdict = recounted(this.#verdict);
    this.#targets = targetsOf(definition, this.#targets);
  }

  /** The results of a round, in the order of its targets. Returns the change that it made, if any, at `wall`. */
  add(results: readonly CheckResult[], begun: Instant, wall: string): { telling: Telling; change: Change | null } {
    const { downOn, mode, rise, fall, spreadMs } = this.#definition;
    const tellings = results.map((result) => tellingOf(result, downOn));
    this.#targets = this.#targets.map((target, i) => renewed(target, results[i], tellings[i], begun.wall));
    const telling = tellingOfRound(tellings, mode);
    const latencies = results.flatMap(({ latencyMs }) => latencyMs ?? []);
    this.#rounds.push({
      at: begun.wall,
      ok: telling === 'void' ? null : telling === 'good',
      latencyMs: latencies.length === 0 ? null : latencies.reduce((most, ms) => Math.max(most, ms)),
    });
    if (this.#rounds.length > MOST_ROUNDS) this.#rounds.shift();
    if (telling !== 'void') this.#checked = begun;
    const change = this.#turn(afterRound(this.#verdict, telling, { rise, fall, isSpread: spreadMs > 0 }), wall);
    return { telling, change };
  }

  /** Ends the wait of an `up`. */
  announce(wall: string): Change | null {
    return this.#turn(announced(this.#verdict), wall);
  }

  readiness(phase: Phase, now: number): Readiness {
    const { name: group, staleAfterMs } = this.#definition;
    const { state } = this.#verdict;
    return {
      group,
      state,
      ready: phase === 'startup' ? this.#hasBeenUp : state === 'up',
      since: this.#since,
      checkedAt: this.#checked?.wall ?? null,
      stale: now - (this.#checked ?? this.#begun).now > staleAfterMs,
      ageMs: this.#checked === null ? null : now - this.#checked.now,
    };
  }

  report(now: number): GroupReport {
    const { group, state, since, checkedAt, stale } = this.readiness('serving', now);
    const { mode } = this.#definition;
    const [changes, rounds] = [[...this.#changes], [...this.#rounds]];
    return { group, state, since, checkedAt, stale, mode, changes, rounds, targets: this.#targets };
  }

  snapshot(): GroupSnapshot {
    return {
      group: this.#definition.name,
      state: this.#verdict.state,
      targets: this.#targets.map(({ label, counts, result }) => ({
        target: label,
        ok: counts === 'void' ? null : (result?.ok ?? null),
        latencyMs: result?.latencyMs ?? null,
      })),
      changes: { ...this.#changesTo },
    };
  }

  #turn(verdict: Verdict, wall: string): Change | null {
    const from = this.#verdict.state;
    const to = verdict.state;
    this.#verdict = verdict;
    if (from === to) return null;
    const change = { at: wall, from, to };
    if (to === 'up') this.#hasBeenUp = true;
    this.#since = wall;
    this.#changesTo[to]++;
    this.#changes.unshift(change);
    if (this.#changes.length > MOST_CHANGES) this.#changes.pop();
    return change;
  }
}

/** The targets of a definition, with what is known of them from `before`. */
function targetsOf({ question, labels }: GroupDefinition, before: readonly TargetReport[]): readonly TargetReport[] {
  const known = new Map(before.map((target) => [target.label, target]));
  return question.checks.map(({ target: { text: target } }, i) => {
    const label = labels[i] ?? target;
    const last = known.get(label);
    return last?.target === target ? last : { label, target, since: null, counts: null, result: null };
  });
}

function renewed(
  last: TargetReport,
  result: CheckResult | undefined,
  counts: Telling | undefined,
  at: string,
): TargetReport {
  if (result === undefined || counts === undefined) return last;
  return { ...last, result, counts, since: counts === last.counts ? last.since : at };
}
