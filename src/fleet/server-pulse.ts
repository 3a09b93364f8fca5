// Whether the server of the bus answers, while somebody waits for what comes by it: one that stands still, or that a cut link
// hides, keeps its connections for many seconds, and its silence would be taken for that of the others. It knows no server.
import { performance } from 'node:perf_hooks';

const EVERY_MS = 250;
/** A healthy server answers in a millisecond, and behind all that it has for this process. */
const SILENT_MS = 750;
/** A timer that is later was held up here. */
const LATE_MS = 250;

export interface ServerPulseParts {
  /** Asks the server; settles when it has answered, or there is no connection any more. Null where there is none. */
  readonly ask: () => Promise<void> | null;
  /** Told when the server has been silent, and when it answers again. */
  readonly tell: (isThere: boolean) => void;
}

export class ServerPulse {
  readonly #parts: ServerPulseParts;
  #attending = 0;
  #timer: NodeJS.Timeout | undefined;
  #beatAt = 0;
  /** Since when there is no answer; null while none is missing. */
  #askedAt: number | null = null;
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

  #beat(): void {
    const now = performance.now();
    const isLate = now - this.#beatAt > EVERY_MS + LATE_MS;
    this.#beatAt = now;
    if (this.#askedAt === null) return this.#ask(now);
    if (isLate) this.#askedAt = now;
    if (this.#isSilent || now - this.#askedAt < SILENT_MS) return;
    this.#isSilent = true;
    this.#parts.tell(false);
  }

  #ask(now: number): void {
    const answer = this.#parts.ask();
    if (answer === null) return;
    this.#askedAt = now;
    answer.then(
      () => this.#heard(true),
      () => this.#heard(false),
    );
  }

  /** Of a connection that is lost the client tells itself. */
  #heard(isThere: boolean): void {
    this.#askedAt = null;
    if (this.#isSilent && isThere) this.#parts.tell(true);
    this.#isSilent = false;
  }
}
