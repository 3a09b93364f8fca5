// Answers asks of the fleet: an ask is a request like any other, read by the same contract, let in by the same limits, under
// this vantage's own policy. Its answers go where the ask wants them, in batches.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asker } from '../callers/asker.ts';
import type { Admission } from '../callers/admission.ts';
import { RateLimitedError } from '../callers/limits.ts';
import { Cancellation } from '../check/cancellation.ts';
import { NoRoomError } from '../check/pool.ts';
import { roundMs } from '../check/stats.ts';
import { monotonicMs, timestamp } from '../clock.ts';
import type { Contract } from '../contract/contract.ts';
import type { Bus } from './bus.ts';
import type { BusMessage } from './bus-message.ts';
import { Batch } from './batch.ts';
import { type Answer, type CheckAsk, readAsk } from './messages.ts';
import { askSubject, type AnswerSubject, type Party, readAnswer } from './subjects.ts';

export interface AgentParts {
  readonly bus: Bus;
  readonly me: Party;
  readonly contract: Contract;
  readonly checker: Pick<Admission, 'check'>;
  /** Told of asks that are none. */
  readonly warn: (what: string) => void;
  /** Told of an error of ours. */
  readonly broken: (error: unknown) => void;
}

/** So often an ask says that it is being worked on. */
const BEAT_MS = 1000;
/** Beats that nobody hears until the asker is taken for dead. */
const MAX_UNHEARD = 2;
const FINISH_MS = 20;
/** The shortest that the contract takes. */
const MIN_DEADLINE_MS = 10;

/** An ask that is being worked on. */
interface Work {
  readonly cancellation: Cancellation;
  unheard: number;
}

export class Agent {
  readonly #parts: AgentParts;
  /** By the subject that its answers go to. */
  readonly #works = new Map<string, Work>();
  /** By the inbox of its beats: its work. */
  readonly #beats = new Map<string, Work>();
  #nextBeat = 0;
  #isClosed = false;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    const { bus, me } = parts;
    bus.hear(askSubject(me), (message) => this.#take(message));
    bus.hear(bus.inbox(`${me.instance}.*`), ({ subject, isUnheard }) => {
      const work = this.#beats.get(subject);
      if (work !== undefined && isUnheard && ++work.unheard >= MAX_UNHEARD) work.cancellation.abandon();
    });
  }

  /** Asks that are being worked on. */
  get busy(): number {
    return this.#works.size;
  }

  /** What comes from now on is refused. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when nothing is being worked on any more. */
  async finished(): Promise<void> {
    while (this.#works.size > 0) await sleep(FINISH_MS);
  }

  /** What is being worked on is given up. */
  abort(): void {
    for (const { cancellation } of this.#works.values()) cancellation.cancel();
  }

  #take({ reply, data, subject }: BusMessage): void {
    const { me, warn, bus } = this.#parts;
    const to = reply === undefined ? null : readAnswer(reply);
    const ask = readAsk(data);
    const isForMe = to !== null && to.from.vantage === me.vantage && to.from.instance === me.instance;
    if (reply === undefined || ask === null || !isForMe || to.about === 'here') {
      return warn(`an ask that is none came by ${subject}`);
    }
    const work = this.#works.get(reply);
    const say = (answer: Answer): void => bus.say(reply, answer);
    if (ask.type === 'stop') work?.cancellation.abandon();
    else if (ask.type === 'poke') say({ type: work === undefined ? 'done' : 'alive' });
    else if (this.#isClosed) say({ type: 'refused', code: 'shutting-down', message: 'it is shutting down' });
    else if (work === undefined) void this.#work(ask, reply, to).catch(this.#parts.broken);
  }

  async #work(ask: CheckAsk, reply: string, { asker, about }: AnswerSubject): Promise<void> {
    const { bus, contract } = this.#parts;
    const say = (answer: Answer): void => bus.say(reply, answer);
    const parsed = contract.parse({ ...ask.options, ...deadlineOf(ask), targets: ask.targets });
    if ('errors' in parsed) {
      const [first] = parsed.errors;
      say({ type: 'refused', code: 'invalid', message: `${first?.path ?? 'body'}: ${first?.message ?? ''}` });
      return;
    }
    const work: Work = { cancellation: new Cancellation(), unheard: 0 };
    const startedAt = monotonicMs();
    const batch = new Batch((results) =>
      say({ type: 'results', durationMs: roundMs(monotonicMs() - startedAt), results }),
    );
    const id = about === 'here' ? '' : `${about.job}.${about.ask}`;
    const via = `${asker.vantage}/${asker.instance}`;
    const who: Asker = { principal: `fleet:${asker.vantage}/${ask.principal}`, from: asker.vantage, id, via };
    const { cancellation } = work;
    const onResult = batch.add;
    this.#works.set(reply, work);
    const stopBeats = this.#beat(reply, work);
    try {
      const asked = this.#parts.checker.check(parsed.checks, {
        ...{ asker: who, cancellation, deadlineMs: parsed.deadlineMs, onResult },
      });
      say({ type: 'accepted', checkedAt: timestamp() });
      await asked;
      batch.flush();
      if (!cancellation.isCancelled) say({ type: 'done' });
    } catch (error) {
      if (!(error instanceof RateLimitedError) && !(error instanceof NoRoomError)) throw error;
      const isNever = error instanceof NoRoomError && error.why === 'never';
      say({ type: 'refused', code: isNever ? 'invalid' : 'overloaded', message: error.message });
    } finally {
      stopBeats();
      batch.close();
      this.#works.delete(reply);
    }
  }

  /** Says each second that the ask is alive, and where the server may say that nobody hears it. */
  #beat(reply: string, work: Work): () => void {
    const { bus, me } = this.#parts;
    const inbox = bus.inbox(`${me.instance}.${this.#nextBeat++}`);
    this.#beats.set(inbox, work);
    const beats = setInterval(() => bus.say(reply, { type: 'alive' }, inbox), BEAT_MS);
    return () => {
      clearInterval(beats);
      this.#beats.delete(inbox);
    };
  }
}

function deadlineOf({ deadlineMs }: CheckAsk): { deadlineMs?: number } {
  return deadlineMs === null ? {} : { deadlineMs: Math.max(MIN_DEADLINE_MS, Math.floor(deadlineMs)) };
}
