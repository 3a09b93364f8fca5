// How many targets of streams one caller may have without an answer, over all its streams: what bounds their memory, and
// what keeps one caller from filling every queue with lines that it need not have sent yet.
import { type Wait, WaitingLine } from '../check/waiting-line.ts';

/** The window of one caller, while it has streams. */
class CallerWindow extends WaitingLine {
  unanswered = 0;
  streams = 0;
}

export class StreamWindows {
  readonly #size: number;
  readonly #windows = new Map<string, CallerWindow>();

  /** `size`: targets without an answer for each caller, 1 or more. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Callers that have streams. */
  get callers(): number {
    return this.#windows.size;
  }

  /** A place in the caller's window, for one stream of it; to be closed when the stream has ended. */
  open(caller: string): WindowPlace {
    const window = this.#windows.get(caller) ?? new CallerWindow();
    this.#windows.set(caller, window);
    window.streams++;
    return {
      wait: () => (window.unanswered < this.#size ? null : window),
      asked: () => {
        window.unanswered++;
      },
      answered: () => {
        window.unanswered--;
        window.wake();
      },
      close: () => {
        if (--window.streams === 0) this.#windows.delete(caller);
      },
    };
  }
}

export interface WindowPlace {
  /** Null where one more target may be asked; else what it has to wait for. */
  wait(): Wait | null;
  asked(): void;
  answered(): void;
  close(): void;
}
