// A connection that the worker has handed over, as the main thread holds it: one owner, who ends it once. Those who gave
// it a place are told when it is over. It does not know what is said on it.
import { closeSync } from 'node:fs';
import type { Connection } from './protocol.ts';

/** held: nobody has the descriptor. taken: somebody else closes it. over: it is closed. */
type HeldState = 'held' | 'taken' | 'over';

export class HeldConnection implements Connection {
  readonly #fd: number;
  #state: HeldState = 'held';
  readonly #listeners: (() => void)[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  take(): number {
    this.#leave('held', 'taken');
    return this.#fd;
  }

  over(): void {
    this.#leave('taken', 'over');
    this.#tell();
  }

  /** With FIN, or with RST where data lies unread. */
  close(): void {
    this.#leave('held', 'over');
    try {
      closeSync(this.#fd);
    } catch {
      // It is gone whatever close(2) says.
    }
    this.#tell();
  }

  whenOver(tell: () => void): void {
    this.#listeners.push(tell);
  }

  /** A descriptor that is closed twice may be somebody else's the second time. */
  #leave(from: HeldState, to: HeldState): void {
    if (this.#state !== from) throw new Error(`a connection that is ${this.#state} cannot become ${to}`);
    this.#state = to;
  }

  #tell(): void {
    for (const tell of this.#listeners) tell();
  }
}
