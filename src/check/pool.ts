// Something that all callers share, of which there is so much and no more: bytes of memory, attempts under way. Each caller
// may have its share: all of it where nobody else wants any, for each unit that is free allows so many to everybody. The
// rule is that of the places in flight. As many callers in turn would leave nothing, a reserve is for those who have little.
// What is taken is given back when it is gone. Pure.
import { WaitingLine } from './waiting-line.ts';

/** For each free unit, so many are open to every caller; alone, one has all but what is kept for others. */
const SHARE = 8;
/** Beside what callers may have by that rule, this part of `max` is kept for those who have little. */
const RESERVE = 1 / 8;
/** Little is this part of `max`: a hundred callers find that much in the reserve. */
const LITTLE = 1 / 1024;

/** There is no room: over all callers, or in the caller's own share, or never. Thrown before any work. */
export class NoRoomError extends Error {
  readonly why: 'overloaded' | 'share' | 'never';

  constructor(why: NoRoomError['why'], message: string) {
    super(message);
    this.name = 'NoRoomError';
    this.why = why;
  }
}

/** What one caller has of a pool, for as long as it has open parts. */
interface Share {
  readonly caller: string;
  parts: number;
  taken: number;
}

export class Pool {
  /** What one caller may have. */
  readonly max: number;
  readonly #unit: string;
  /** What may be taken by the rule of shares, over all callers. */
  readonly #shared: number;
  readonly #reserve: number;
  readonly #little: number;
  readonly #shares = new Map<string, Share>();
  /** What callers have, all together. */
  taken = 0;
  /** Those who wait for room. */
  readonly room = new WaitingLine();

  /** One caller may have `max` where nobody else has any; a quarter more is kept for the others. `unit`: what is counted. */
  constructor(max: number, unit: string) {
    this.max = max;
    this.#unit = unit;
    this.#shared = max + Math.floor(max / SHARE);
    this.#reserve = Math.floor(max * RESERVE);
    this.#little = Math.floor(max * LITTLE);
  }

  /** Callers that have open parts. */
  get callers(): number {
    return this.#shares.size;
  }

  /** What `caller` takes for one purpose, to be closed when that is over. */
  open(caller: string): Part {
    const share = this.#shares.get(caller) ?? { caller, parts: 0, taken: 0 };
    if (share.parts++ === 0) this.#shares.set(caller, share);
    return new Part(this, share);
  }

  /** The last part of a share was closed. */
  forget({ caller }: Share): void {
    this.#shares.delete(caller);
  }

  /** Whether a caller that `has` so much has little. */
  isLittle(has: number): boolean {
    return has <= this.#little;
  }

  hasRoom(has: number, more: number): boolean {
    if (this.isLittle(has + more) && this.taken + more <= this.#shared + this.#reserve) return true;
    return has + more <= this.#mostBeside(this.taken + more);
  }

  /** What a caller may come to where all have `taken`. */
  #mostBeside(taken: number): number {
    const free = this.#shared - taken;
    return free < 0 ? 0 : Math.min(this.max, SHARE * (free + 1));
  }

  /** Why there is no room. */
  refusal(has: number, more: number): NoRoomError {
    const unit = this.#unit;
    if (more > this.max)
      return new NoRoomError('never', `${more} ${unit} are more than the ${this.max} that there are`);
    // Would there be room if this caller had nothing?
    const isShare = has > 0 && more <= this.#mostBeside(this.taken - has + more);
    const message = `${more} more ${unit} on top of ${isShare ? has : this.taken} would be too many`;
    return new NoRoomError(isShare ? 'share' : 'overloaded', message);
  }
}

/** The memory that callers share: `megabytes` in all, reserve included. */
export function memoryOf(megabytes: number): Pool {
  return new Pool(Math.floor((megabytes * 1024 * 1024) / (1 + 1 / SHARE + RESERVE)), 'bytes of MAX_HELD_MB');
}

/** What is taken for one purpose. */
export class Part {
  readonly #pool: Pool;
  readonly #share: Share;
  #has = 0;
  #isClosed = false;

  constructor(pool: Pool, share: Share) {
    this.#pool = pool;
    this.#share = share;
  }

  get has(): number {
    return this.#has;
  }

  /** What it can come to, at the most. */
  get max(): number {
    return this.#pool.max;
  }

  get room(): WaitingLine {
    return this.#pool.room;
  }

  /** What its caller has, all parts together. */
  get callerHas(): number {
    return this.#share.taken;
  }

  /** Whether that is little. */
  get isLittle(): boolean {
    return this.#pool.isLittle(this.#share.taken);
  }

  hasRoom(more: number): boolean {
    return this.#pool.hasRoom(this.#share.taken, more);
  }

  /** Throws NoRoomError, or takes `more`. */
  take(more: number): void {
    if (!this.hasRoom(more)) throw this.refusal(more);
    this.hold(more);
  }

  /** Why there is no room for `more`. */
  refusal(more: number): NoRoomError {
    return this.#pool.refusal(this.#share.taken, more);
  }

  /** Takes what is there already, whether there is room or not. Once it is closed, nothing counts. */
  hold(more: number): void {
    if (this.#isClosed || more === 0) return;
    this.#has += more;
    this.#share.taken += more;
    this.#pool.taken += more;
    if (more < 0) this.#pool.room.wake();
  }

  giveBack(some: number): void {
    this.hold(-some);
  }

  /** Gives back all that it has. */
  close(): void {
    if (this.#isClosed) return;
    this.giveBack(this.#has);
    this.#isClosed = true;
    if (--this.#share.parts === 0) this.#pool.forget(this.#share);
  }
}
