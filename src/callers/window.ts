// How many targets of streams one caller may have whose answer is not written, over all its streams: what keeps one caller from filling every queue with lines that it need not have sent yet.
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
    let unanswered = 0;
    const count = (more: number): void => {
      unanswered += more;
      window.unanswered += more;
      if (more < 0) window.wake();
    };
    return {
      wait: () => (window.unanswered < this.#size ? null : window),
      asked: (targets) => count(targets),
      told: () => count(-1),
      close: () => {
        count(-unanswered);
        if (--window.streams === 0) this.#windows.delete(caller);
      },
    };
  }
}

export interface WindowPlace {
  /** Null where one more target may be asked; else what it has to wait for. */
  wait(): Wait | null;
  /** So many results are to come. */
  asked(targets: number): void;
  /** Its answer is written. */
  told(): void;
  /** The stream is over; what it has asked and not told counts no more. */
  close(): void;
}
