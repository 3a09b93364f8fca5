// Results on their way out, gathered for some milliseconds, so that a message carries many of them and none is too long.
import type { CheckResult } from '../check/result.ts';
import { MAX_RESULT_BYTES } from './messages.ts';

const GATHER_MS = 20;
const FULL_BYTES = 64 * 1024;

/** A position among the targets of an ask, and what came of that target. */
export type Answered = [position: number, result: CheckResult];

export class Batch {
  readonly #send: (results: Answered[]) => void;
  #results: Answered[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (results: Answered[]) => void) {
    this.#send = send;
  }

  readonly add = (position: number, result: CheckResult): void => {
    const bytes = bytesOf(result);
    const isLong = bytes > MAX_RESULT_BYTES;
    this.#results.push([position, isLong ? shortened(result) : result]);
    this.#bytes += isLong ? FULL_BYTES : bytes;
    if (this.#bytes >= FULL_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  };

  flush(): void {
    this.close();
    if (this.#results.length === 0) return;
    const results = this.#results;
    this.#results = [];
    this.#bytes = 0;
    this.#send(results);
  }

  /** What is gathered is not sent by itself any more. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Roughly, and never less than half: to make the text twice would cost more than it is worth. */
const FEW = 8;
const SHORT_BYTES = 512;

function bytesOf(result: CheckResult): number {
  const isShort = result.attempts.length <= FEW && result.tls === undefined && result.trace === undefined;
  return isShort ? SHORT_BYTES * Math.max(1, result.attempts.length) : JSON.stringify(result).length;
}

/** Without its attempts, which a thousand rounds may have made many of; `truncated` says so. */
function shortened(result: CheckResult): CheckResult {
  return { ...result, attempts: [], truncated: true };
}
