// One request to the fleet: its cells, the lanes in which they are asked, and its timers. It says what the lanes decide, and
// hears what comes back. A matrix has a lane for each vantage, a sweep one for all.
import { performance } from 'node:perf_hooks';
import type { Cause } from '../check/outcome.ts';
import type { Check, CheckOptions, CheckResult, VantageAnswer } from '../check/result.ts';
import type { Bus } from './bus.ts';
import { fleetCause } from './causes.ts';
import { answered, unanswered, VantageTally } from './merge.ts';
import { type Answer, isResult } from './messages.ts';
import type { Known } from './roster.ts';
import { whyNobody } from './selection.ts';
import type { Party } from './subjects.ts';
import { keyOf, Question, Track } from './track.ts';
import { wireOptions, wireTarget } from './wire-target.ts';

export interface JobParts {
  readonly bus: Bus;
  readonly me: Party;
  /** A word of its own, among the jobs of this process. */
  readonly id: string;
  readonly vantages: readonly Known[];
  readonly by: 'every' | 'one';
  readonly options: CheckOptions;
  readonly principal: string;
  /** Of performance.now(): until then nobody is taken for lost, for the bus has only just come back. */
  readonly graceUntil: number;
  readonly deadlineMs: number | null;
  readonly onResult: (index: number, result: CheckResult) => void;
  /** An instance is lost, as this job sees it. */
  readonly lost: (party: Party, cause: Cause) => void;
  readonly warn: (what: string) => void;
}

const TICK_MS = 100;
const LATE_MS = 500; // A timer that is later was not held up by the fleet.
const BUS_MS = 30_000; // Off the bus for longer, nothing is waited for any more.
/** After a loss of the bus the others have so long to come back, and are poked so often meanwhile. */
export const GRACE_MS = 5000;
const POKE_MS = 500;
/** A vantage knows the deadline itself; its answers have this to arrive. */
const ARRIVAL_MS = 500;

export class Job {
  readonly #parts: JobParts;
  readonly #tracks: readonly Track[];
  readonly #tallies: ReadonlyMap<string, VantageTally>;
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  #tickedAt = performance.now();
  #offAt: number | null = null;
  #resumedAt = 0;
  #graceUntil: number;
  #isPumping = false;
  /** What ended it; null until then. */
  #endedBy: Cause | null = null;

  /** See JobParts. */
  get id(): string {
    return this.#parts.id;
  }

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#graceUntil = parts.graceUntil;
    const { vantages, by, deadlineMs } = parts;
    this.#tallies = new Map(vantages.map((vantage) => [vantage.name, new VantageTally(vantage)]));
    this.#endsAt = deadlineMs === null ? Infinity : performance.now() + deadlineMs;
    const keysOf = ({ name, instances }: Known): string[] => instances.map((id) => `${name}/${id}`);
    const each = vantages.map((known) => ({ vantage: known.name, instances: keysOf(known) }));
    const lanes = by === 'every' ? each : [{ vantage: null, instances: vantages.flatMap(keysOf) }];
    const { bus, me, id: job, principal, lost } = parts;
    const shared = { bus, me, job, principal, lost, options: JSON.stringify(wireOptions(parts.options)) };
    const failed = (question: Question, cause: Cause): void => this.#failed(question, cause);
    this.#tracks = lanes.map((lane, number) => new Track({ ...shared, ...lane, number, endsAt: this.#endsAt, failed }));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** What each vantage had to say so far. */
  get answers(): VantageAnswer[] {
    return [...this.#tallies.values()].map(({ answer }) => answer);
  }

  /** Asks `check` in every lane; `pump` sends it. */
  add(check: Check, index: number): void {
    const wire = wireTarget(check, this.#parts.options);
    for (const { lane, vantage } of this.#tracks) {
      const question = new Question(check, index, wire, vantage);
      if (this.#endedBy === null) lane.add(question);
      else this.#failed(question, this.#endedBy);
    }
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pumpAll();
    });
  }

  /** An answer to one of its asks has come. */
  take(from: Party, ask: string, answer: Answer | null): void {
    const [track, id] = this.#asked(ask);
    const [key, asked] = [keyOf(from), track?.lane.whoHas(id) ?? null];
    if (track === null || asked === null) return;
    if (asked !== key) return this.#parts.warn(`${key} answers what ${asked} was asked`);
    if (answer === null) return this.#parts.warn(`${key} says what is no answer`);
    this.#hear(track, id, from, answer);
    this.#pump(track);
  }

  /** The server says that nobody heard the ask, or a poke. */
  unheard(ask: string): void {
    const [track, id] = this.#asked(ask);
    if (track === null || performance.now() < this.#graceUntil) return;
    track.lane.unheard(id);
    this.#pump(track);
  }

  /** An instance is here, again or for the first time. */
  joined(party: Party): void {
    if (!this.#tallies.has(party.vantage)) return;
    for (const track of this.#tracks) {
      if (track.vantage !== null && track.vantage !== party.vantage) continue;
      track.lane.join(keyOf(party));
      this.#pump(track);
    }
  }

  /** The bus was lost, or is there again. */
  busChanged(isConnected: boolean): void {
    this.#offAt = isConnected ? null : performance.now();
    this.#graceUntil = performance.now() + GRACE_MS;
    if (isConnected) this.#resume();
  }

  /** Nothing more is asked; what has no answer has `cause`. */
  end(cause: Cause): void {
    if (this.#endedBy !== null) return;
    this.#endedBy = cause;
    clearInterval(this.#timer);
    this.#stop(() => cause);
  }

  /** The track and the number of an ask; null when nothing is asked any more. */
  #asked(ask: string): [Track | null, number] {
    const [number = -1, id = -1] = ask.split('-').map(Number);
    return [this.#endedBy === null ? (this.#tracks[number] ?? null) : null, id];
  }

  #hear(track: Track, id: number, from: Party, answer: Answer): void {
    const { lane } = track;
    switch (answer.type) {
      case 'accepted':
        this.#tallies.get(from.vantage)?.began(answer.checkedAt);
        return lane.alive(id);
      case 'alive':
        return lane.alive(id);
      case 'results':
        this.#tallies.get(from.vantage)?.lasted(answer.durationMs);
        for (const [position, result] of answer.results) this.#result(track, id, from, position, result);
        return;
      case 'done':
        return lane.done(id);
      case 'refused':
        return lane.refused(id, answer.code === 'overloaded' ? null : fleetCause('refused', answer.message));
    }
  }

  #result({ lane }: Track, id: number, from: Party, position: number, result: unknown): void {
    if (!isResult(result)) return this.#parts.warn(`${keyOf(from)} gives what is no result`);
    const cell = lane.settle(id, position);
    if (cell === null) return;
    this.#tallies.get(from.vantage)?.answered();
    this.#parts.onResult(cell.index, answered(cell.check, from.vantage, result));
  }

  #failed({ check, index, vantage }: Question, cause: Cause): void {
    const why = cause.code === 'unknown' ? (whyNobody(this.#parts.vantages, vantage) ?? cause) : cause;
    this.#tallies.get(vantage ?? '')?.missing(why);
    this.#parts.onResult(index, unanswered(check, vantage ?? undefined, why));
  }

  #pump(track: Track): void {
    if (this.#endedBy === null && this.#offAt === null) track.pump();
  }

  #pumpAll(): void {
    for (const track of this.#tracks) this.#pump(track);
  }

  /** The time that has passed says nothing of the instances. */
  #resume(): void {
    this.#tickedAt = this.#resumedAt = performance.now();
    for (const track of this.#tracks) track.poke(track.lane.resume());
    this.#pumpAll();
  }

  #tick(): void {
    const now = performance.now();
    const isLate = now - this.#tickedAt > TICK_MS + LATE_MS;
    this.#tickedAt = now;
    if (now >= this.#endsAt + ARRIVAL_MS) {
      return this.#stop(({ wasRefused }) => fleetCause(wasRefused ? 'overloaded' : 'deadline'));
    }
    if (this.#offAt !== null) {
      if (now - this.#offAt > BUS_MS) this.#stop(() => fleetCause('bus-lost'));
      return;
    }
    if (isLate) return this.#resume();
    if (now < this.#graceUntil) return now - this.#resumedAt < POKE_MS ? undefined : this.#resume();
    for (const track of this.#tracks) {
      track.poke(track.lane.tick());
      this.#pump(track);
    }
  }

  /** Gives up all that is asked until now, and has it stopped. */
  #stop(cause: (question: Question) => Cause): void {
    for (const track of this.#tracks) track.end(cause);
  }
}
