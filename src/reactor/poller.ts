// epoll and eventfd as one: the reactor waits on epoll, and another thread writes to the eventfd to end that wait. The
// wake's own event never leaves this file.
import { Epoll } from '../../native-bindings/epoll.ts';
import { EventFd } from '../../native-bindings/eventfd.ts';
import { EPOLLET, EPOLLIN, EPOLLOUT } from '../../native-bindings/linux.ts';

/** The most events of one wait. More stay with the kernel for the next. */
export const EVENTS_A_WAIT = 512;
/** The index that no socket has. */
const WAKE = 0xffffffff;
/** How many waits may fail in a row. */
const MAX_FAILURES = 100;

export class Poller {
  readonly #epoll = new Epoll(EVENTS_A_WAIT);
  readonly #eventfd: EventFd;
  #failures = 0;

  /**
   * The eventfd is edge-triggered and never read: each write to it raises an event of its own, which saves a read(2) a
   * wake; its 64-bit counter outlives the machine. Throws SystemCallError, and leaves nothing open then.
   */
  constructor() {
    try {
      this.#eventfd = new EventFd();
    } catch (failure) {
      this.#epoll.close();
      throw failure;
    }
    this.#orClose(() => this.#epoll.add(this.#eventfd.fd, EPOLLIN | EPOLLET, WAKE, WAKE));
  }

  /** 8 bytes written to this descriptor make `wait` return. */
  get wakeFd(): number {
    return this.#eventfd.fd;
  }

  get epollFd(): number {
    return this.#epoll.fd;
  }

  /**
   * Watches `fd` for the end of its connects. Edge-triggered: what has been looked at is not reported again, so an event
   * that settles nothing cannot spin the loop. Throws SystemCallError.
   */
  watch(fd: number, index: number, generation: number): void {
    this.#epoll.add(fd, EPOLLOUT | EPOLLET, index, generation);
  }

  /** Watches `fd` no longer. Throws SystemCallError. */
  unwatch(fd: number): void {
    this.#epoll.remove(fd);
  }

  /**
   * Blocks until something is ready, or for `timeoutMs` (Infinity: for ever), and returns how many events there are.
   * Whole milliseconds, rounded up: rounded down, the loop would spin through the last one before each deadline.
   * A wait that fails loses no event, for the kernel keeps them; only one that keeps failing throws SystemCallError.
   */
  wait(timeoutMs: number): number {
    try {
      const count = this.#epoll.wait(timeoutMs === Infinity ? -1 : Math.min(Math.ceil(timeoutMs), 0x7fffffff));
      this.#failures = 0;
      return count;
    } catch (failure) {
      if (++this.#failures > MAX_FAILURES) throw failure;
      return 0;
    }
  }

  /** Calls `ready` with each of the last wait's `count` events that is a socket's. */
  dispatch(count: number, ready: (index: number, generation: number, events: number) => void): void {
    for (let i = 0; i < count; i++) {
      const index = this.#epoll.lowAt(i);
      if (index !== WAKE) ready(index, this.#epoll.highAt(i), this.#epoll.eventsAt(i));
    }
  }

  close(): void {
    this.#epoll.close();
    this.#eventfd.close();
  }

  #orClose(step: () => void): void {
    try {
      step();
    } catch (failure) {
      this.close();
      throw failure;
    }
  }
}
