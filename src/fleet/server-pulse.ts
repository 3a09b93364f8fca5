// Whether the server of the bus answers, while somebody waits for what comes by it: one that stands still, or that a cut link
// hides, keeps its connections for many seconds, and its silence would be taken for that of the others. It knows no server.
import { performance } from 'node:perf_hooks';

const EVERY_MS = 250;
/** A healthy server answers in a millisecond, and behind all that it has for this process. */
const SILENT_MS = 750;
/** A timer that is later was held up here. */
const LATE_MS = 250;

export interface ServerPulseParts {
  /** Asks the server; resolves when it has answered. Of a connection that is lost it may never settle. Null: there is none. */
  readonly ask: () => Promise<void> | null;
  /** What has come from the server so far: more of it is a sign of life, behind which the answer waits. */
  readonly heard: () => number;
  /** Told when the server has been silent, and when it answers again. */
  readonly tell: (isThere: boolean) => void;
}

export class ServerPulse {
  readonly #parts: ServerPulseParts;
  #attending = 0;
  #timer: NodeJS.Timeout | undefined;
  #beatAt = 0;
  /** The question without an answer, and since when; null while none is missing. */
  #asked: { since: number } | null = null;
  #heard = 0;
  #isSilent = false;

  constructor(parts: ServerPulseParts) {
    this.#parts = parts;
  }

  /** Has the server asked again and again, until the returned function is called. */
  attend(): () => void {
    if (this.#attending++ === 0) {
      this.#beatAt = performance.now();
      this.#timer = setInterval(() => this.#beat(), EVERY_MS).unref();
    }
    return () => {
      if (--this.#attending === 0) clearInterval(this.#timer);
    };
  }

  /** The connection is another one, or none: of the one before nothing is to be heard. */
  reset(): void {
    this.#asked = null;
    this.#isSilent = false;
  }

  #beat(): void {
    const now = performance.now();
    const isLate = now - this.#beatAt > EVERY_MS + LATE_MS;
    this.#beatAt = now;
    const heard = this.#parts.heard();
    const isAlive = heard !== this.#heard;
    this.#heard = heard;
    if (this.#asked === null) return this.#ask(now);
    if (isLate || isAlive) this.#asked.since = now;
    if (this.#isSilent || now - this.#asked.since < SILENT_MS) return;
    this.#isSilent = true;
    this.#parts.tell(false);
  }

  #ask(now: number): void {
    const answer = this.#parts.ask();
    if (answer === null) return;
    const asked = (this.#asked = { since: now });
    const settled = (isThere: boolean): void => {
      if (this.#asked !== asked) return; // Of a connection before this one.
      const wasSilent = this.#isSilent;
      this.reset();
      if (wasSilent && isThere) this.#parts.tell(true);
    };
    answer.then(
      () => settled(true),
      () => settled(false),
    );
  }
}
