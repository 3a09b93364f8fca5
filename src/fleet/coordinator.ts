// Asks the fleet: knows who is here from the first request on, and begins a job for each. It hears everything that is said to
// this process, and gives it to the job that it is for.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cause } from '../check/outcome.ts';
import { Pool } from '../check/pool.ts';
import type { CheckOptions } from '../check/result.ts';
import type { Slices } from '../check/slices.ts';
import type { FleetQuestion } from '../contract/fleet-schemas.ts';
import { monotonicMs } from '../clock.ts';
import type { Bus } from './bus.ts';
import type { BusMessage } from './bus-message.ts';
import { BusUnavailableError, type FleetView, NoVantageError, type VantagesReport } from './fleet-view.ts';
import { Intake } from './intake.ts';
import { GRACE_MS, Job } from './job.ts';
import { readAnswerMessage, readCard } from './messages.ts';
import { Roster } from './roster.ts';
import { Runner, type RunnerParts } from './runner.ts';
import { select } from './selection.ts';
import { everyAnswerTo, EVERY_HERE, type Party, readAnswer, readHere, whoSubject } from './subjects.ts';

/** Cells under way in this process: 40 MB, which the server holds for it should it stand still. */
const MAX_CELLS = 100_000;
/** Whoever is here has shown itself when nobody has for so long. */
const STALL_MS = 100;
const MAX_WAIT_MS = 1000;
/** A request finds a roster that is at most so old, and has it made anew behind its back. */
const STALE_MS = 5000;
const IDLE_MS = 600_000;

export interface CoordinatorParts {
  readonly bus: Bus;
  readonly me: Party;
  readonly slices: Slices;
  readonly warn: (what: string) => void;
}

export class Coordinator implements FleetView {
  readonly cells = new Map<string, number>();
  readonly #parts: CoordinatorParts;
  readonly #roster = new Roster(monotonicMs);
  readonly #jobs = new Map<string, Job>();
  readonly #pool = new Pool(MAX_CELLS, 'cells of the fleet');
  readonly #intake: Intake;
  #nextJob = 0;
  /** Unhears what is heard; null while nobody has asked for long. */
  #unhear: (() => void) | null = null;
  /** Attends the bus no more: there is no job. */
  #unattend: () => void = () => undefined;
  #idle: NodeJS.Timeout | undefined;
  #askedAt = -Infinity;
  #shownAt = 0;
  #gathering: Promise<void> | null = null;
  /** After the bus was lost, and is back. */
  #graceUntil = 0;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.#intake = new Intake(parts.slices, (message) => this.#take(message), parts.warn);
    parts.bus.watch((isConnected) => this.#busChanged(isConnected));
  }

  get now(): VantagesReport {
    return { bus: { connected: this.#parts.bus.isConnected }, vantages: this.#roster.report() };
  }

  async vantages(): Promise<VantagesReport> {
    if (this.#parts.bus.isConnected) await this.#look();
    return this.now;
  }

  async select({ from, by }: FleetQuestion, options: CheckOptions): Promise<Runner> {
    if (!this.#parts.bus.isConnected) throw new BusUnavailableError('There is no connection to the bus of the fleet.');
    await this.#look();
    const vantages = select(from, this.#roster.known());
    if (vantages.length === 0) throw new NoVantageError('No vantage point is of that kind.');
    const begin: RunnerParts['begin'] = (asked) => {
      const id = `j${this.#nextJob++}`;
      const onResult: typeof asked.onResult = (index, result) => {
        this.#count(result.cause?.layer === 'fleet' ? result.cause.code : result.outcome);
        asked.onResult(index, result);
      };
      const graceUntil = this.#graceUntil;
      const job = new Job({
        ...this.#parts,
        ...asked,
        graceUntil,
        id,
        onResult,
        lost: (...lost) => this.#lost(...lost),
      });
      if (this.#jobs.size === 0) this.#unattend = this.#parts.bus.attend();
      this.#jobs.set(id, job);
      return job;
    };
    const end = (job: Job, cause: Cause): void => {
      job.end(cause);
      if (this.#jobs.delete(job.id) && this.#jobs.size === 0) this.#unattend();
    };
    const vantage = { name: this.#parts.me.vantage };
    return new Runner({ vantage, vantages, by, options, begin, end, cells: this.#pool, slices: this.#parts.slices });
  }

  /** Waits where nothing is known yet; otherwise looks behind the request's back. */
  async #look(): Promise<void> {
    const isNew = this.#unhear === null;
    this.#unhear ??= this.#hear();
    this.#idle?.refresh();
    if (monotonicMs() - this.#askedAt >= STALE_MS)
      this.#gathering ??= this.#gather().finally(() => (this.#gathering = null));
    if (isNew || this.#roster.known().length === 0) await this.#gathering;
  }

  #hear(): () => void {
    const { bus, me } = this.#parts;
    const both = [bus.hear(EVERY_HERE, this.#intake.add), bus.hear(everyAnswerTo(me), this.#intake.add)];
    this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref();
    return () => both.forEach((unhear) => unhear());
  }

  /** Nobody has asked for long. */
  #rest(): void {
    if (this.#jobs.size > 0) {
      this.#idle?.refresh();
      return;
    }
    this.#unhear?.();
    this.#unhear = null;
    this.#askedAt = -Infinity;
  }

  /** Asks who is here, and waits until nobody shows itself any more. Who does not is lost. */
  async #gather(): Promise<void> {
    const { bus, me } = this.#parts;
    const since = monotonicMs();
    this.#askedAt = this.#shownAt = since;
    bus.say(whoSubject(me.vantage), { instance: me.instance });
    while (monotonicMs() - this.#shownAt < STALL_MS && monotonicMs() - since < MAX_WAIT_MS) await sleep(STALL_MS / 4);
    const isOver = (): boolean => bus.isConnected && performance.now() >= this.#graceUntil;
    setTimeout(() => isOver() && this.#roster.missed(since), MAX_WAIT_MS).unref();
  }

  #take({ subject, data, isUnheard }: BusMessage): void {
    const here = readHere(subject);
    if (here !== null) return this.#show(here, data);
    const answer = readAnswer(subject);
    if (answer === null) return this.#parts.warn(`what came by ${subject} is none of the fleet's`);
    const { from, about } = answer;
    if (about === 'here') return this.#show(from, data);
    const job = this.#jobs.get(about.job);
    if (isUnheard) {
      job?.unheard(about.ask);
      return;
    }
    this.#roster.heard(from);
    job?.take(from, about.ask, readAnswerMessage(data));
  }

  #show(party: Party, data: Uint8Array): void {
    const card = readCard(data);
    if (card === null) return this.#parts.warn(`${party.vantage}/${party.instance} shows a card that is none`);
    this.#shownAt = monotonicMs();
    if (this.#roster.saw(party, card) && !card.draining) for (const job of this.#jobs.values()) job.joined(party);
  }

  #lost(party: Party, cause: Cause): void {
    this.#roster.lost(party, cause);
  }

  #busChanged(isConnected: boolean): void {
    for (const job of this.#jobs.values()) job.busChanged(isConnected);
    if (!isConnected) this.#graceUntil = Infinity;
    else if (this.#graceUntil === Infinity) this.#graceUntil = performance.now() + GRACE_MS;
    if (!isConnected || this.#unhear === null) return;
    this.#askedAt = -Infinity;
    void this.#look();
  }

  #count(what: string): void {
    this.cells.set(what, (this.cells.get(what) ?? 0) + 1);
  }
}
