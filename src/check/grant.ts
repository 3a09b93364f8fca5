// What one check is granted of its request's account: one attempt when its request is let in, more when its name turns out to
// have several addresses, and each of its rounds anew: between rounds it has none.
import type { RequestAccount } from './budget.ts';
import type { Waiting } from './run.ts';

/** What one check has been granted. */
export class Grant {
  readonly #account: RequestAccount;
  /** Attempts under way. */
  #has = 1;
  /** Those of each round. */
  #each = 1;
  /** Attempts that its result may come to hold. */
  #most: number;

  /** One attempt is taken already, and the memory of `rounds`. */
  constructor(account: RequestAccount, rounds: number) {
    this.#account = account;
    this.#most = rounds;
  }

  /**
   * Whether each round may have `each` attempts, and the result `most`: more than the request could foresee, where a name
   * has several addresses. Where it may wait for them, it has none meanwhile.
   */
  extendTo(each: number, most: number, waiting: Waiting): boolean | Promise<boolean> {
    this.#each = each;
    if (this.#grow(most)) return true;
    if (!this.#account.waits || !this.#account.canHold(each, most - this.#most)) return false;
    this.pause();
    return this.#account.inTurn(() => this.#grow(most), waiting);
  }

  get isExpress(): boolean {
    return this.#account.isExpress;
  }

  /** A round is over. */
  pause(): void {
    if (this.#has > 0) this.#take(-this.#has);
  }

  /** Room for the next round. Resolves with false when the request is over before there is any. */
  resume(waiting: Waiting): boolean | Promise<boolean> {
    return this.#grow(this.#most) || this.#account.inTurn(() => this.#grow(this.#most), waiting);
  }

  /** The check has its result, which holds so many attempts, and beside them so many bytes. */
  end(size: number, bytes = 0): void {
    this.pause();
    if (size !== this.#most) this.#account.lengthen(size - this.#most);
    if (bytes > 0) this.#account.weigh(bytes);
  }

  #grow(most: number): boolean {
    const more = this.#each - this.#has;
    if (more > 0 && !this.#account.hasRoom(more)) return false;
    const longer = most - this.#most;
    if (longer > 0) {
      if (!this.#account.mayLengthen(longer)) return false;
      this.#account.lengthen(longer);
      this.#most = most;
    }
    if (more !== 0) this.#take(more);
    return true;
  }

  #take(more: number): void {
    this.#has += more;
    this.#account.take(more);
  }
}
