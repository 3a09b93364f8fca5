// Commands on their way in, some thousand in each turn of the loop: to take in more takes milliseconds, in which no event is
// seen. It knows no attempts.
import { Commands } from './wire/commands.ts';
import { takeWake } from './wire/wake.ts';

/** After so many the next turn goes on. */
const COMMANDS_A_TURN = 1024;

export class Mailbox {
  readonly #shared: Int32Array;
  readonly #receive: () => ArrayBuffer | undefined;
  #isEmpty = true;

  /** `receive`: the next batch that has arrived, if any. */
  constructor(shared: Int32Array, receive: () => ArrayBuffer | undefined) {
    this.#shared = shared;
    this.#receive = receive;
  }

  /** Whether the last `take` left nothing behind. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Whether there is something to take in. */
  look(): boolean {
    if (takeWake(this.#shared)) this.#isEmpty = false;
    return !this.#isEmpty;
  }

  /** Calls `each` with the commands that a turn takes in, in order. */
  take(each: (commands: Commands, index: number) => void): void {
    for (let taken = 0; taken < COMMANDS_A_TURN;) {
      const batch = this.#receive();
      if (batch === undefined) {
        this.#isEmpty = true;
        return;
      }
      const commands = new Commands(batch);
      for (let i = 0; i < commands.count; i++) each(commands, i);
      taken += commands.count;
    }
  }
}
