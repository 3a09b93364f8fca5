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
import { Intake } from './intake.ts';
import type { Line, LineWriter } from './ndjson.ts';
import { invalidRequest, problemReply } from './problems.ts';
import type { StreamPace } from '../callers/stream-pace.ts';
import type { Part } from '../check/pool.ts';
import type { Slices } from '../check/slices.ts';

/** After its deadline a stream whose body is not over waits so long for another line. */
const LAST_LINES_MS = 1000;
/**
 * So often the pace is set, and a caller whose body is not read, and who had no answer meanwhile, is sent a space: a
 * connection that is not read from tells that it has ended only when something is written to it.
 */
const TICK_MS = 30;

export interface TargetStreamParts {
  readonly body: LineBody;
  readonly parser: TargetParser;
  readonly writer: LineWriter;
  readonly slices: Slices;
  /** What the caller may make this process hold. */
  readonly memory: Part;
  readonly checker: Pick<Admission, 'open'>;
  readonly asker: Asker;
  readonly pace: StreamPace;
  /** Results of one target. */
  readonly width: number;
}

export class TargetStream {
  readonly #parts: TargetStreamParts;
  readonly #intake: Intake;
  readonly #tally = new Tally();
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;
  /** From `run` on. */
  #inquiry: AdmittedInquiry | null = null;
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
  #endsAt = Infinity; // Its deadline, of performance.now().

  constructor(parts: TargetStreamParts) {
    this.#parts = parts;
    this.#intake = new Intake(parts.body.bytes, parts.memory);
    this.#ended = new Promise((resolve, reject) => ([this.#end, this.#break] = [resolve, reject]));
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
    const { checker, asker, parser, memory } = this.#parts;
    const { deadlineMs } = parser;
    const inquiry = checker.open({ asker, cancellation, deadlineMs, memory, onResult: this.#settled }, this.#break);
    this.#inquiry = inquiry;
    if (deadlineMs !== null) this.#endsAt = performance.now() + deadlineMs;
    this.#intake.begin(this.look);
    cancellation.add({ cancel: () => this.#cancel() });
    const ticks = setInterval(() => this.#tick(), TICK_MS);
    try {
      await this.#ended;
      return this.#isAllAsked || this.#isOver;
    } finally {
      clearInterval(ticks);
      this.#forget();
      inquiry.close();
    }
  };

  /** There may be something to do. */
  readonly look = (): void => this.#parts.slices.ask(this.#slice);

  /** A line was written. */
  readonly told = (line: Line): void => {
    this.#hasWritten = true;
    if ('result' in line) this.#inquiry?.told(line.result);
  };

  /** An error of ours ends this stream, and no other one that has its slice in the same turn. */
  readonly #slice = (until: number): void => {
    try {
      this.#work(until);
    } catch (error) {
      this.#break(error);
    }
  };

  #work(until: number): void {
    this.#parts.pace.turned();
    this.#leaveWait();
    this.#ask(until);
    this.#intake.steer(this.#parts.writer.isBlocked);
    if (this.#unanswered > 0 || !this.#parts.writer.isDrained) return;
    if (this.#isCancelled || this.#isAllAsked || this.#isOver) this.#end();
  }

  /** Whether the deadline has passed, and no more lines come: a body may stay open for ever. */
  get #isOver(): boolean {
    const isLate = performance.now() >= this.#endsAt && !this.#isCancelled;
    return isLate && this.#next === null && this.#intake.isQuiet(LAST_LINES_MS);
  }

  readonly #settled = (index: number, result: CheckResult): void => {
    this.#unanswered--;
    this.#tally.count(result);
    this.#parts.pace.answered(result.attempts.reduce((sum, { queuedMs }) => sum + queuedMs, 0));
    if (!result.ok || this.#parts.parser.results === 'all') this.#parts.writer.write({ index, result });
    else this.#inquiry?.told(result);
    this.look();
  };

  get #isAllAsked(): boolean {
    return this.#intake.isDone && this.#next === null;
  }

  /** Asks line after line until the slice is over, or something has to be waited for. */
  #ask(until: number): void {
    if (this.#isCancelled) return;
    while (!this.#parts.writer.isBlocked && this.#unanswered < this.#parts.pace.ahead) {
      const check = this.#next ?? this.#read(until);
      if (check === null) return;
      this.#unanswered += this.#parts.width; // It may be answered before this returns.
      this.#wait = this.#inquiry?.ask(check, this.#index) ?? null;
      if (this.#wait !== null) {
        this.#unanswered -= this.#parts.width;
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
    const problem = problemReply(invalidRequest(errors), '/check');
    this.#parts.writer.write({ short: { index: this.#index++, problem } });
  }

  #tick(): void {
    const { writer } = this.#parts;
    const now = performance.now();
    this.#parts.pace.adjust(this.#unanswered, now - this.#tickedAt);
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
    this.#intake.close();
  }
}
