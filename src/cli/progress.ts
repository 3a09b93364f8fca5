// A progress bar on standard error, where that is a terminal and the work lasts longer than a second. It shares the
// terminal with the output, which takes its line away before it writes.
import type { SingleBar } from 'cli-progress';

const AFTER_MS = 1000;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\x1b[K';

export interface Progressing {
  readonly done: number;
  /** In all; null where nobody knows. */
  readonly total: number | null;
}

export class Progress {
  readonly #look: () => Progressing;
  #bar: SingleBar | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** `look` is asked whenever the bar is drawn. */
  constructor(look: () => Progressing, isQuiet: boolean) {
    this.#look = look;
    if (!isQuiet && process.stderr.isTTY) this.#timer = setTimeout(() => void this.#begin(), AFTER_MS);
  }

  /** Its line is needed; it draws itself again below. */
  readonly makeRoom = (): void => {
    if (this.#bar !== null) process.stderr.write(CLEAR_LINE);
  };

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#bar?.stop();
    this.#bar = null;
  }

  async #begin(): Promise<void> {
    const { default: cliProgress } = await import('cli-progress');
    if (this.#isEnded) return;
    const bar = new cliProgress.SingleBar({
      format: '{bar} {value} of {expected}, {eta_formatted} to go',
      stream: process.stderr,
      barsize: 30,
      barCompleteChar: '=',
      barIncompleteChar: '-',
      clearOnComplete: true,
      hideCursor: false,
      forceRedraw: true,
      gracefulExit: false,
    });
    bar.start(1, 0, { expected: '?' });
    this.#bar = bar;
    this.#draw();
  }

  #draw(): void {
    if (this.#bar === null) return;
    const { done, total } = this.#look();
    this.#bar.setTotal(total ?? Math.max(1, done * 2));
    this.#bar.update(done, { expected: total ?? 'who knows how many' });
    this.#timer = setTimeout(() => this.#draw(), REDRAW_MS);
  }
}
