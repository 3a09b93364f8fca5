// A request whose body is a stream of targets: lines are read as they arrive, asked as there is room for them, and
// answered as they settle, any number of them in constant memory.
import { performance } from 'node:perf_hooks';
import type { AdmittedInquiry, Admission } from '../callers/admission.ts';
import type { Asker } from '../callers/asker.ts';
import type { Cancellation } from '../check/cancellation.ts';
import type { Check, CheckResult, StreamSummary } from '../check/result.ts';
import { Tally } from '../check/tally.ts';
import type { Wait } from '../check/waiting-line.ts';
import type { FieldError } from '../contract/field-errors.ts';
import type { TargetParser } from '../contract/target-parser.ts';
import { BadLine, type LineBody } from './body/line-body.ts';
import { Intake, type StreamsShared } from './intake.ts';
import type { LineWriter } from './ndjson.ts';
import { invalidRequest, problemReply } from './problems.ts';
import { StreamPace } from './stream-pace.ts';

/**
 * So often the pace is set, and a caller whose body is not read, and who had no answer meanwhile, is sent a space: a
 * connection that is not read from tells that it has ended only when something is written to it.
 */
const TICK_MS = 30;

export interface TargetStreamParts {
  readonly body: LineBody;
  readonly parser: TargetParser;
  readonly writer: LineWriter;
  readonly shared: StreamsShared;
  readonly checker: Pick<Admission, 'open'>;
  readonly asker: Asker;
}

export class TargetStream {
  readonly #parts: TargetStreamParts;
  readonly #intake: Intake;
  readonly #tally = new Tally();
  readonly #pace = new StreamPace();
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;
  /** From `run` on. */
  #inquiry: AdmittedInquiry | null = null;
  /** Lines of the reply that are not written. */
  #answers: object[] = [];
  /** Read, and waiting for room. */
  #next: Check | null = null;
  /** What it waits for. */
  #wait: Wait | null = null;
  /** Of the next line that counts. */
  #index = 0;
  #invalid = 0;
  #unanswered = 0;
  /** Since the last tick. */
  #hasWritten = false;
  #tickedAt = performance.now();
  #isCancelled = false;

  constructor(parts: TargetStreamParts) {
    this.#parts = parts;
    this.#intake = new Intake(parts.body.bytes, parts.shared);
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#break = reject;
    });
  }

  /** Whether nothing moves because of us: checks are running, or there is no room for more. */
  get isWorking(): boolean {
    const isWaiting = this.#unanswered > 0 || this.#next !== null || !this.#intake.isReading;
    return !this.#parts.writer.isBlocked && isWaiting;
  }

  /** What the lines came to. */
  get summary(): StreamSummary {
    return { ...this.#tally.summary, invalid: this.#invalid };
  }

  /**
   * Answers every line. Resolves with false where it was cancelled before the last one: what was asked is answered, and
   * the rest is not. Call once.
   */
  readonly run = async (cancellation: Cancellation): Promise<boolean> => {
    const { checker, asker, parser } = this.#parts;
    const { deadlineMs } = parser;
    const inquiry = checker.open({ asker, cancellation, deadlineMs, onResult: this.#settled }, this.#break);
    this.#inquiry = inquiry;
    this.#intake.begin(this.look);
    cancellation.add({ cancel: () => this.#cancel() });
    const ticks = setInterval(() => this.#tick(), TICK_MS);
    try {
      await this.#ended;
      return this.#isAllAsked;
    } finally {
      clearInterval(ticks);
      this.#forget();
      inquiry.close();
    }
  };

  /** There may be something to do. */
  readonly look = (): void => this.#parts.shared.slices.ask(this.#slice);

  /** An error of ours ends this stream, and no other one that has its slice in the same turn. */
  readonly #slice = (until: number): void => {
    try {
      this.#work(until);
    } catch (error) {
      this.#break(error);
    }
  };

  #work(until: number): void {
    this.#leaveWait();
    this.#write(until);
    this.#ask(until);
    this.#intake.steer(this.#parts.writer.isBlocked);
    if (this.#unanswered > 0 || this.#answers.length > 0) return;
    if (this.#isCancelled || this.#isAllAsked) this.#end();
  }

  readonly #settled = (index: number, result: CheckResult): void => {
    this.#unanswered--;
    this.#tally.count(result);
    this.#pace.answered(result.attempts.reduce((sum, { queuedMs }) => sum + queuedMs, 0));
    if (!result.ok || this.#parts.parser.results === 'all') this.#answer({ index, ...result });
    else this.look();
  };

  get #isAllAsked(): boolean {
    return this.#intake.isDone && this.#next === null;
  }

  #answer(line: object): void {
    this.#answers.push(line);
    this.look();
  }

  /** Writes answers until the slice is over, or the caller has enough to read. */
  #write(until: number): void {
    const { writer } = this.#parts;
    let written = 0;
    while (written < this.#answers.length && !writer.isBlocked && performance.now() < until) {
      writer.write(this.#answers[written++] ?? {});
    }
    if (written > 0) this.#hasWritten = true;
    if (written === this.#answers.length) this.#answers = [];
    else if (written > 0) this.#answers = this.#answers.slice(written);
    if (this.#answers.length > 0 && !writer.isBlocked) this.look();
  }

  /** Asks line after line until the slice is over, or something has to be waited for. */
  #ask(until: number): void {
    if (this.#isCancelled) return;
    while (!this.#parts.writer.isBlocked && this.#unanswered < this.#pace.ahead) {
      const check = this.#next ?? this.#read(until);
      if (check === null) return;
      this.#unanswered++; // It may be answered before this returns.
      this.#wait = this.#inquiry?.ask(check, this.#index) ?? null;
      if (this.#wait !== null) {
        this.#unanswered--;
        this.#next = check;
        this.#wait.join(this.look);
        return;
      }
      this.#next = null;
      this.#index++;
    }
  }

  /** The next check. Null when no line is there, or the slice is over: then it looks again. */
  #read(until: number): Check | null {
    const { body, parser } = this.#parts;
    while (performance.now() < until) {
      const line = this.#intake.next();
      if (line === null) return null;
      const said = body.readLine(line);
      if (said === undefined) continue;
      const asked = said instanceof BadLine ? said.errors : parser.parse(said);
      if ('target' in asked) return asked;
      this.#refuse(asked);
    }
    this.look();
    return null;
  }

  #refuse(errors: readonly FieldError[]): void {
    this.#invalid++;
    this.#answer({ index: this.#index++, problem: problemReply(invalidRequest(errors), '/check') });
  }

  #tick(): void {
    const { writer } = this.#parts;
    const now = performance.now();
    this.#pace.adjust(this.#unanswered, now - this.#tickedAt);
    this.#tickedAt = now;
    if (!this.#intake.isReading && !this.#hasWritten && !writer.isBlocked) writer.writeSpace();
    this.#hasWritten = false;
    this.look(); // The pace may be higher, and another stream may have left its room.
  }

  /** What was asked settles soon, as cancelled; nothing more is asked. To a caller who has left, nothing is written either. */
  #cancel(): void {
    this.#isCancelled = true;
    if (this.#parts.writer.isLeft) this.#forget();
    this.look();
  }

  #leaveWait(): void {
    this.#wait?.leave(this.look);
    this.#wait = null;
  }

  #forget(): void {
    this.#isCancelled = true;
    this.#next = null;
    this.#leaveWait();
    this.#answers = [];
    this.#intake.close();
  }
}
