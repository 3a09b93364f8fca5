// Standard output: what is written in one turn leaves in one write.
import { endUnwritten, printed } from '../../process/standard-streams.ts';

/** So much is not held back until the end of the turn. */
const FLUSH_CHARACTERS = 64 * 1024;

export class StandardOutput {
  readonly #beforeWrite: () => void;
  #text = '';
  #isScheduled = false;

  /** `beforeWrite`: what shares the terminal makes room. */
  constructor(beforeWrite: () => void = () => undefined) {
    this.#beforeWrite = beforeWrite;
    process.stdout.on('error', endUnwritten);
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
    return printed();
  }
}
