// Ctrl-C at a terminal, or a SIGTERM: the first ends what is under way in order, the second ends the process.
import { constants } from 'node:os';

/** A Ctrl-C under npx arrives twice, for npm passes on its own: two within this time are one. */
const ECHO_MS = 100;

export class Interruption {
  #status: number | null = null;
  #at = 0;

  /** `interrupt` is called once. */
  constructor(interrupt: () => void) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        const status = 128 + constants.signals[signal];
        if (this.#status === null) {
          this.#status = status;
          this.#at = performance.now();
          interrupt();
        } else if (performance.now() - this.#at >= ECHO_MS) process.exit(status);
      });
    }
  }

  /** The exit status that says so; null while nothing was interrupted. */
  get status(): number | null {
    return this.#status;
  }
}
