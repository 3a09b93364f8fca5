// How fast handshakes begin: a few in each turn of the main loop, so that whoever else waits for this thread does not wait
// for all of them. Their answers then come one by one, too. Callers take turns, and within a caller its requests.
import { Turns } from '../callers/turns.ts';
import { type TurnEnd, type TurnOptions, type TurnWaiter, waitForTurn } from '../check/turn.ts';

/** Each start takes a third of a millisecond. */
const STARTS_A_TURN = 4;

export class Starts {
  readonly #turns = new Turns<TurnWaiter>();
  #left = STARTS_A_TURN;
  #isCounting = false;

  /** Waits until a handshake may begin; `turn`: now. */
  async wait(options: TurnOptions): Promise<TurnEnd> {
    const turn = waitForTurn(this.#turns, options);
    this.#startSome();
    const end = await turn;
    if (end === 'turn') this.#turns.giveBack(options.caller);
    return end;
  }

  #startSome(): void {
    for (; this.#left > 0; this.#left--) {
      const next = this.#turns.take();
      if (next === null) break;
      next.end('turn');
    }
    if (this.#isCounting || this.#left === STARTS_A_TURN) return;
    this.#isCounting = true;
    setImmediate(() => {
      this.#isCounting = false;
      this.#left = STARTS_A_TURN;
      this.#startSome();
    });
  }
}
