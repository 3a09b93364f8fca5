// One question for a set of instances that answer for each other: which cells lack an answer, who is asked for them, and
// what becomes of those whose instance is lost. Pure: it is given a clock and chance, and says nothing to anybody. Whatever
// comes, in whatever order, each cell is settled once: by its first answer, or by a cause.
import type { Cause } from '../check/outcome.ts';
import { fleetCause } from './causes.ts';
import { type Ask, type Cell, type Chunk, ChunkQueue } from './chunk-queue.ts';
import { isAlone, type Seat, unsettled } from './seat.ts';

/** Asks of one lane that one instance has at a time: while it works on one, the next is on its way. */
const ASKS = 2;
/** An ask is accepted within this, or the instance does not hear. */
const ACCEPT_MS = 1000;
/** An instance says something each second; after this it is poked, and after the other it is lost. */
const QUIET_MS = 1250;
const LOST_MS = 3000;
/** How long an instance that has too much to do is left alone: from, to. */
const REST_MS = [50, 500] as const;
/** Cells whose instances are lost twice have it from nobody: what is asked may be what kills. */
const MAX_LOSSES = 2;
/** An instance said that it had answered all, and answers were missing: lost with a connection, on their way. */
const MAX_REDOS = 5;

export interface LaneParts<C extends Cell> {
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** A cell will have no answer. */
  readonly failed: (cell: C, cause: Cause) => void;
  /** An instance is lost, as far as this lane knows. */
  readonly lost: (key: string, cause: Cause) => void;
}

export class Lane<C extends Cell> {
  readonly #parts: LaneParts<C>;
  readonly #seats = new Map<string, Seat>();
  readonly #asks = new Map<number, Ask<C>>();
  readonly #queue = new ChunkQueue<C>();
  #cause: Cause = fleetCause('unknown');
  #nextId = 0;

  constructor(instances: readonly string[], parts: LaneParts<C>) {
    this.#parts = parts;
    for (const key of instances) this.join(key);
  }

  /** An instance is here, again or for the first time. */
  join(key: string): void {
    const seat = this.#seats.get(key);
    if (seat !== undefined) Object.assign(seat, { out: null, isRefusing: false });
    else this.#seats.set(key, { key, asks: new Set(), restsUntil: 0, out: null, isRefusing: false });
  }

  add(cell: C): void {
    this.#queue.add(cell);
  }

  /** What is to be asked next, and of whom; null when there is nothing, or nobody may be asked now. */
  next(): Ask<C> | null {
    const seats = [...this.#seats.values()].filter(({ out }) => out === null);
    if (seats.length === 0) {
      for (const cell of this.#queue.drain()) this.#fail(cell, this.#cause);
      return null;
    }
    const now = this.#parts.now();
    const ready = seats.filter((seat) => seat.restsUntil <= now && seat.asks.size < ASKS && !isAlone(seat));
    ready.sort((a, b) => a.asks.size - b.asks.size);
    const free = ready.filter(({ asks }) => asks.size === 0);
    const retry = this.#queue.retry(free.length > 0);
    if (retry === 'waits') return null;
    const others = retry === null ? ready : free.filter(({ key }) => key !== retry.loser);
    const seat = others[0] ?? (retry === null ? undefined : free[0]);
    const chunk = retry ?? (seat === undefined ? null : this.#queue.take(seats.length));
    return seat === undefined || chunk === null ? null : this.#ask(seat, chunk, now);
  }

  /** The instance that was asked; null for an ask that is none of ours. */
  whoHas(id: number): string | null {
    return this.#asks.get(id)?.key ?? null;
  }

  /** It is being worked on. */
  alive(id: number): void {
    const ask = this.#asks.get(id);
    if (ask === undefined) return;
    ask.heardAt = this.#parts.now();
    ask.isAccepted = true;
    ask.isPoked = false;
    const seat = this.#seats.get(ask.key);
    if (seat !== undefined && !seat.isRefusing) seat.out = null; // It was taken for lost.
  }

  /** The answer to one of its cells is there: returns the cell, once. */
  settle(id: number, position: number): C | null {
    const ask = this.#asks.get(id);
    const cell = ask?.cells[position];
    this.alive(id);
    if (cell === undefined || cell.isSettled) return null;
    cell.isSettled = true;
    return cell;
  }

  /** The instance has answered all that it will. */
  done(id: number): void {
    const ask = this.#asks.get(id);
    if (ask === undefined || !this.#leave(ask)) return;
    this.#asks.delete(id);
    const left = unsettled(ask);
    if (left.length === 0) return;
    if (ask.redos < MAX_REDOS)
      this.#queue.again({ cells: left, losses: ask.losses, loser: ask.loser, redos: ask.redos + 1 });
    else for (const cell of left) this.#fail(cell, fleetCause('lost'));
  }

  /** The instance will not; `cause` null: not now, for it has too much to do. */
  refused(id: number, cause: Cause | null): void {
    const ask = this.#asks.get(id);
    const seat = this.#seats.get(ask?.key ?? '');
    if (ask === undefined || seat === undefined || !this.#leave(ask)) return;
    this.#asks.delete(id);
    const [least, most] = REST_MS;
    if (cause === null) seat.restsUntil = this.#parts.now() + least + (most - least) * this.#parts.random();
    else this.#takeOut(seat, cause, true);
    const left = unsettled(ask);
    if (cause === null) for (const cell of left) cell.wasRefused = true;
    if (left.length > 0) this.#queue.again({ cells: left, losses: ask.losses, loser: ask.loser, redos: ask.redos });
  }

  /** Nobody heard the ask, or a poke: the server says that the instance has no connection. */
  unheard(id: number): void {
    const ask = this.#asks.get(id);
    if (ask?.isOver === false) this.lose(ask.key, fleetCause('gone'));
  }

  /** The instance is lost: what it has not answered goes to others, each ask alone. Answers that still come count. */
  lose(key: string, cause: Cause): void {
    const seat = this.#seats.get(key);
    if (seat?.out !== null) return;
    this.#takeOut(seat, cause);
    for (const ask of [...seat.asks] as Ask<C>[]) {
      this.#leave(ask);
      const [cells, losses] = [unsettled(ask), ask.losses + 1];
      if (cells.length === 0) continue;
      if (losses < MAX_LOSSES) this.#queue.again({ cells, losses, loser: key, redos: ask.redos });
      else for (const cell of cells) this.#fail(cell, cause);
    }
    this.#parts.lost(key, cause);
  }

  /** Looks at the clock; returns the asks that are to be poked. */
  tick(): Ask<C>[] {
    const now = this.#parts.now();
    const quiet: Ask<C>[] = [];
    for (const ask of this.#open()) {
      const ms = now - ask.heardAt;
      if (ms >= (ask.isAccepted ? LOST_MS : ACCEPT_MS)) {
        this.lose(ask.key, fleetCause(ask.isAccepted ? 'lost' : 'silent'));
      } else if (ms >= QUIET_MS && !ask.isPoked) {
        ask.isPoked = true;
        quiet.push(ask);
      }
    }
    return quiet.filter(({ isOver }) => !isOver);
  }

  /** The clock says nothing of the time that has passed: returns the asks that are to be poked, all of them. */
  resume(): Ask<C>[] {
    const open = this.#open();
    for (const ask of open) Object.assign(ask, { heardAt: this.#parts.now(), isPoked: true });
    return open;
  }

  /** Nothing more is asked. Returns the asks that are under way, to be stopped. */
  end(cause: (cell: C) => Cause): Ask<C>[] {
    const open = this.#open();
    for (const cell of this.#queue.drain()) this.#fail(cell, cause(cell));
    for (const ask of open) {
      this.#leave(ask);
      for (const cell of unsettled(ask)) this.#fail(cell, cause(cell));
    }
    return open;
  }

  #ask(seat: Seat, chunk: Chunk<C>, now: number): Ask<C> {
    const state = { id: this.#nextId++, key: seat.key, heardAt: now, isAccepted: false, isPoked: false, isOver: false };
    const ask: Ask<C> = { ...chunk, ...state };
    seat.asks.add(ask);
    this.#asks.set(ask.id, ask);
    return ask;
  }

  /** Whether it was under way until now. */
  #leave(ask: Ask<C>): boolean {
    if (ask.isOver) return false;
    ask.isOver = true;
    this.#seats.get(ask.key)?.asks.delete(ask);
    return true;
  }

  #open(): Ask<C>[] {
    return [...this.#seats.values()].flatMap(({ asks }) => [...asks] as Ask<C>[]);
  }

  #takeOut(seat: Seat, cause: Cause, isRefusing = false): void {
    seat.out = this.#cause = cause;
    seat.isRefusing = isRefusing;
  }

  #fail(cell: C, cause: Cause): void {
    if (cell.isSettled) return;
    cell.isSettled = true;
    this.#parts.failed(cell, cause);
  }
}
