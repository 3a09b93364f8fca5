// A lane with a mouth: it says to instances what the lane decides, under subjects that its answers come back by.
import { performance } from 'node:perf_hooks';
import type { Check } from '../check/result.ts';
import type { Cause } from '../check/outcome.ts';
import type { Bus } from './bus.ts';
import type { Ask, Cell } from './chunk-queue.ts';
import { Lane } from './lane.ts';
import type { Ask as AskMessage } from './messages.ts';
import { answerSubject, askSubject, type Party } from './subjects.ts';

/** One target, at one vantage or at any. */
export class Question implements Cell {
  isSettled = false;
  wasRefused = false;
  readonly check: Check;
  readonly index: number;
  /** As it is said on the bus. */
  readonly wire: string;
  /** Whose it is; null: whoever takes it. */
  readonly vantage: string | null;

  constructor(check: Check, index: number, wire: string, vantage: string | null) {
    this.check = check;
    this.index = index;
    this.wire = wire;
    this.vantage = vantage;
  }

  get bytes(): number {
    return this.wire.length;
  }
}

export interface TrackParts {
  readonly bus: Bus;
  readonly me: Party;
  /** The job's word. */
  readonly job: string;
  /** Among the tracks of the job. */
  readonly number: number;
  /** Whose instances they are; null: of all that the job asks. */
  readonly vantage: string | null;
  readonly instances: readonly string[];
  readonly principal: string;
  /** Options of the request, in JSON. */
  readonly options: string;
  /** Of performance.now(); Infinity without a deadline. */
  readonly endsAt: number;
  readonly failed: (question: Question, cause: Cause) => void;
  readonly lost: (party: Party, cause: Cause) => void;
}

export class Track {
  readonly lane: Lane<Question>;
  readonly vantage: string | null;
  readonly #parts: TrackParts;

  constructor(parts: TrackParts) {
    this.#parts = parts;
    this.vantage = parts.vantage;
    this.lane = new Lane(parts.instances, {
      now: () => performance.now(),
      random: Math.random,
      failed: parts.failed,
      lost: (key, cause) => parts.lost(partyOf(key), cause),
    });
  }

  /** Asks all that may be asked now. */
  pump(): void {
    for (let ask = this.lane.next(); ask !== null; ask = this.lane.next()) this.#send(ask);
  }

  poke(asks: readonly Ask<Question>[]): void {
    for (const ask of asks) this.#say(ask, { type: 'poke' });
  }

  /** Gives up all that is asked until now, and has it stopped. */
  end(cause: (question: Question) => Cause): void {
    for (const ask of this.lane.end(cause)) this.#say(ask, { type: 'stop' });
  }

  #send(ask: Ask<Question>): void {
    const { principal, options, endsAt } = this.#parts;
    const deadlineMs = endsAt === Infinity ? null : Math.max(0, endsAt - performance.now());
    const targets = ask.cells.map(({ wire }) => wire).join(',');
    const head = JSON.stringify({ type: 'check', principal, deadlineMs }).slice(0, -1);
    this.#say(ask, `${head},"options":${options},"targets":[${targets}]}`);
  }

  #say({ key, id }: Ask<Question>, message: AskMessage | string): void {
    const { bus, me, job, number } = this.#parts;
    const whom = partyOf(key);
    bus.say(askSubject(whom), message, answerSubject(me, whom, job, `${number}-${id}`));
  }
}

export function keyOf({ vantage, instance }: Party): string {
  return `${vantage}/${instance}`;
}

function partyOf(key: string): Party {
  const slash = key.lastIndexOf('/');
  return { vantage: key.slice(0, slash), instance: key.slice(slash + 1) };
}
