// Callers take turns: whatever waits for a place (an attempt, a lookup) stands in its caller's line, and each line is made
// of its requests, which take turns within it. So one caller delays another's single check by one place, however many
// targets it asks for in however many requests. Pure, and imported by both threads. The items carry the links: to leave
// from the middle of a line costs nothing, and to wait allocates nothing.

/** What can wait: it carries the links, which are null while it stands in no line. */
export interface Queued<Item> {
  line: RequestLine<Item> | null;
  ahead: Item | null;
  behind: Item | null;
}

/** A member of a ring; alone, it is its own neighbour. */
interface Link<Member> {
  before: Member;
  after: Member;
}

/** Members that take turns, in a ring. */
class Ring<Member extends Link<Member>> {
  /** Whose turn it is. */
  turn: Member | null = null;

  /** `member` takes its first turn after all the others have had theirs. */
  enter(member: Member): void {
    const { turn } = this;
    if (turn === null) {
      this.turn = member;
      return;
    }
    member.after = turn;
    member.before = turn.before;
    turn.before.after = member;
    turn.before = member;
  }

  leave(member: Member): void {
    member.before.after = member.after;
    member.after.before = member.before;
    if (this.turn === member) this.turn = member.after === member ? null : member.after;
    member.before = member.after = member;
  }
}

/** One caller's requests that wait for something, and how many of its items have been taken and not given back. */
class CallerLine<Item> implements Link<CallerLine<Item>> {
  readonly caller: number;
  readonly requests = new Ring<RequestLine<Item>>();
  taken = 0;
  before: CallerLine<Item> = this;
  after: CallerLine<Item> = this;

  constructor(caller: number) {
    this.caller = caller;
  }
}

/** One request's items, first in, first out. */
class RequestLine<Item> implements Link<RequestLine<Item>> {
  readonly request: number;
  readonly caller: CallerLine<Item>;
  first: Item | null = null;
  last: Item | null = null;
  before: RequestLine<Item> = this;
  after: RequestLine<Item> = this;

  constructor(request: number, caller: CallerLine<Item>) {
    this.request = request;
    this.caller = caller;
  }
}

export class Turns<Item extends Queued<Item>> {
  /** Of callers for whom something waits or is taken. */
  readonly #callers = new Map<number, CallerLine<Item>>();
  /** Of requests for which something waits. */
  readonly #requests = new Map<number, RequestLine<Item>>();
  readonly #ring = new Ring<CallerLine<Item>>();
  #size = 0;

  /** Items that wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts `item` at the end of its request's line. A request is one caller's. */
  push(caller: number, request: number, item: Item): void {
    const line = this.#requests.get(request) ?? this.#open(caller, request);
    item.line = line;
    item.ahead = line.last;
    item.behind = null;
    if (line.last === null) line.first = item;
    else line.last.behind = item;
    line.last = item;
    this.#size++;
  }

  /** Whether somebody has fewer than `maxTaken` items taken and may take one more. */
  canTake(maxTaken: number): boolean {
    return this.#next(maxTaken) !== null;
  }

  /**
   * Takes an item of the caller whose turn it is, and of the request whose turn it is there; the turns pass on. A caller
   * that has `maxTaken` items taken is passed over. Null when nobody may take one. `giveBack` ends it.
   */
  take(maxTaken = Infinity): Item | null {
    const caller = this.#next(maxTaken);
    const request = caller?.requests.turn ?? null;
    const item = request?.first ?? null;
    if (caller === null || request === null || item === null) return null;
    this.#ring.turn = caller.after;
    caller.requests.turn = request.after;
    caller.taken++;
    this.remove(item);
    return item;
  }

  /** One of the caller's items is taken no more. */
  giveBack(caller: number): void {
    const line = this.#callers.get(caller);
    if (line === undefined) return;
    line.taken--;
    this.#forgetIdle(line);
  }

  /** Takes `item` out of its line, wherever it stands there. Does nothing when it stands in none. */
  remove(item: Item): void {
    const { line, ahead, behind } = item;
    if (line === null) return;
    if (ahead === null) line.first = behind;
    else ahead.behind = behind;
    if (behind === null) line.last = ahead;
    else behind.ahead = ahead;
    item.line = item.ahead = item.behind = null;
    this.#size--;
    if (line.first === null) this.#close(line);
  }

  /** The line whose turn it is among those that may take one more. */
  #next(maxTaken: number): CallerLine<Item> | null {
    const turn = maxTaken > 0 ? this.#ring.turn : null; // Where nobody may take one, do not walk the ring.
    let line = turn;
    while (line !== null && line.taken >= maxTaken) line = line.after === turn ? null : line.after;
    return line;
  }

  #open(caller: number, request: number): RequestLine<Item> {
    let callerLine = this.#callers.get(caller);
    if (callerLine === undefined) this.#callers.set(caller, (callerLine = new CallerLine<Item>(caller)));
    if (callerLine.requests.turn === null) this.#ring.enter(callerLine);
    const line = new RequestLine<Item>(request, callerLine);
    callerLine.requests.enter(line);
    this.#requests.set(request, line);
    return line;
  }

  #close(line: RequestLine<Item>): void {
    const { caller, request } = line;
    this.#requests.delete(request);
    caller.requests.leave(line);
    if (caller.requests.turn !== null) return;
    this.#ring.leave(caller);
    this.#forgetIdle(caller);
  }

  #forgetIdle(line: CallerLine<Item>): void {
    if (line.requests.turn === null && line.taken === 0) this.#callers.delete(line.caller);
  }
}
