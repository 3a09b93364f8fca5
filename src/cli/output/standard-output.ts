// Standard output: what is written in one turn leaves in one write. If nobody reads any more (`| head`), the process ends
// without a word, as one does that SIGPIPE ends.
import { constants } from 'node:os';

/** So much is not held back until the end of the turn. */
const FLUSH_CHARACTERS = 64 * 1024;

export class StandardOutput {
  readonly #beforeWrite: () => void;
  #text = '';
  #isScheduled = false;

  /** `beforeWrite`: what shares the terminal makes room. */
  constructor(beforeWrite: () => void = () => undefined) {
    this.#beforeWrite = beforeWrite;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 128 + constants.signals.SIGPIPE : 1);
    });
  }

  get isTerminal(): boolean {
    return process.stdout.isTTY;
  }

  /** How many characters a line has room for; a file takes any number. */
  get columns(): number {
    return process.stdout.isTTY ? process.stdout.columns : Infinity;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= FLUSH_CHARACTERS) this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#text === '') return;
    this.#beforeWrite();
    process.stdout.write(this.#text);
    this.#text = '';
  }

  /** Null while the reader keeps up; else a promise of room. */
  get room(): Promise<void> | null {
    if (!process.stdout.writableNeedDrain) return null;
    return new Promise((resolve) => process.stdout.once('drain', resolve));
  }

  /** Resolves when everything has been handed on. */
  end(): Promise<void> {
    this.flush();
    return new Promise((resolve) => process.stdout.write('', () => resolve()));
  }
}
