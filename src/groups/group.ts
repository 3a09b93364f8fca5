// One group's schedule: round after round, never two at a time. A round that gets no answer leaves everything as it is,
// and the group becomes stale; the next one begins when that one is over.
import type { Asker } from '../callers/asker.ts';
import { Cancellation } from '../check/cancellation.ts';
import type { Inquiry } from '../check/inquiry.ts';
import type { Check, CheckReply, CheckResult } from '../check/result.ts';
import type { GroupDefinition } from './group-definition.ts';
import { GroupRecord } from './group-record.ts';
import type { Change } from './group-view.ts';
import type { Timing } from './timing.ts';

/** How a round is asked: `Admission.check`. It throws or rejects where reachd has no room for it. */
export type Ask = (checks: readonly Check[], inquiry: Inquiry) => Promise<CheckReply>;

/** Who hears of what happens to groups. */
export interface GroupListener {
  /** `bad`: the targets that count against the group just now. */
  changed(group: string, change: Change, bad: readonly string[]): void;
  /** Rounds tell nothing, and why; null: they do again. Said once. */
  troubled(group: string, trouble: string | null): void;
}

export interface GroupParts {
  readonly ask: Ask;
  readonly timing: Timing;
  readonly listener: GroupListener;
}

export class Group {
  readonly record: GroupRecord;
  readonly #parts: GroupParts;
  #definition: GroupDefinition;
  /** Of the round that is under way, if one is. */
  #cancellation = new Cancellation();
  #cancelNext: () => void = () => undefined;
  #cancelAnnouncement: (() => void) | null = null;
  #rounds = 0;
  #trouble: string | null = null;

  /** Begins its first round at once. */
  constructor(definition: GroupDefinition, parts: GroupParts) {
    this.#definition = definition;
    this.#parts = parts;
    const { timing } = parts;
    this.record = new GroupRecord(definition, { now: timing.now(), wall: timing.wall() });
    void this.#ask(this.#cancellation);
  }

  /** Asks what `definition` says from now on. The round under way was another question's: it counts no more. */
  redefine(definition: GroupDefinition): void {
    this.#definition = definition;
    this.record.redefine(definition);
    this.#break();
    void this.#ask(this.#cancellation);
  }

  stop(): void {
    this.#break();
    this.#cancelAnnouncement?.();
  }

  /** Gives up the round under way, and the next one. */
  #break(): void {
    this.#cancelNext();
    this.#cancellation.cancel();
    this.#cancellation = new Cancellation();
  }

  async #ask(cancellation: Cancellation): Promise<void> {
    const { timing, ask } = this.#parts;
    const { question } = this.#definition;
    const begun = { now: timing.now(), wall: timing.wall() };
    let results: readonly CheckResult[] = [];
    let trouble: string | null = null;
    try {
      const { checks, deadlineMs } = question;
      ({ results } = await ask(checks, { asker: this.#asker(), cancellation, deadlineMs }));
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (cancellation.isCancelled) return;
    const nextAt = begun.now + this.#pauseMs();
    trouble ??= this.#take(results, begun);
    this.#tell(trouble);
    this.#cancelNext = timing.after(Math.max(0, nextAt - timing.now()), () => void this.#ask(cancellation));
  }

  #asker(): Asker {
    return { principal: 'groups', from: 'schedule', id: `${this.#definition.name}-${++this.#rounds}` };
  }

  /** From the start of a round to the start of the next. */
  #pauseMs(): number {
    const { intervalMs, jitter } = this.#definition;
    return intervalMs * (1 + jitter * (2 * this.#parts.timing.random() - 1));
  }

  /** Returns why the round tells nothing, or null. */
  #take(results: readonly CheckResult[], begun: { readonly now: number; readonly wall: string }): string | null {
    const { timing, listener } = this.#parts;
    const { telling, change } = this.record.add(results, begun, timing.wall());
    if (change !== null) listener.changed(this.#definition.name, change, this.#bad());
    if (!this.record.isWaiting) this.#cancelWait();
    else this.#cancelAnnouncement ??= timing.after(timing.random() * this.#definition.spreadMs, () => this.#announce());
    return telling === 'void' ? reasonIn(results) : null;
  }

  #announce(): void {
    this.#cancelAnnouncement = null;
    const change = this.record.announce(this.#parts.timing.wall());
    if (change !== null) this.#parts.listener.changed(this.#definition.name, change, this.#bad());
  }

  #cancelWait(): void {
    this.#cancelAnnouncement?.();
    this.#cancelAnnouncement = null;
  }

  #bad(): string[] {
    const { targets } = this.record.report(this.#parts.timing.now());
    return targets.filter(({ counts }) => counts === 'bad').map(({ label }) => label);
  }

  #tell(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#parts.listener.troubled(this.#definition.name, trouble);
  }
}

/** Of the first target that reachd itself could not ask. */
function reasonIn(results: readonly CheckResult[]): string {
  const own = results.find(({ outcome }) => outcome === 'failed' || outcome === 'denied' || outcome === 'cancelled');
  return own === undefined ? 'no target' : `${own.target}: ${own.cause?.message ?? own.outcome}`;
}
