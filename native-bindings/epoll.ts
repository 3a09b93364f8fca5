// epoll(7): owns the epoll descriptor and its event buffer, and alone knows how `struct epoll_event` is laid out.
// The 64 bits of data are two 32-bit words of the caller's own: never a descriptor, whose number the kernel uses again.
import { EINTR, EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL } from './linux.ts';
import * as sys from './syscall.ts';
import { must } from './syscall.ts';

// The struct is packed on x86-64 alone (epoll_ctl(2)): events, data low, data high. Elsewhere data is aligned to 8.
const WORDS = process.arch === 'x64' ? 3 : 4;
const DATA = WORDS - 2;

export class Epoll {
  readonly fd: number;
  readonly #capacity: number;
  readonly #events: Uint32Array;
  readonly #registration = new Uint32Array(WORDS);

  /** Throws SystemCallError. `capacity` is how many events one wait returns at the most. */
  constructor(capacity: number) {
    this.fd = must('epoll_create1', sys.epollCreate1(EPOLL_CLOEXEC));
    this.#capacity = capacity;
    this.#events = new Uint32Array(capacity * WORDS);
  }

  /** Registers `fd` for `events`; each event of it carries the two data words. Throws SystemCallError. */
  add(fd: number, events: number, low: number, high: number): void {
    this.#registration[0] = events;
    this.#registration[DATA] = low;
    this.#registration[DATA + 1] = high;
    must('epoll_ctl', sys.epollCtl(this.fd, EPOLL_CTL_ADD, fd, this.#registration));
  }

  /** Registers `fd` no longer; events of it that are ready are dropped. Throws SystemCallError. */
  remove(fd: number): void {
    must('epoll_ctl', sys.epollCtl(this.fd, EPOLL_CTL_DEL, fd, this.#registration)); // The event is ignored, epoll_ctl(2).
  }

  /**
   * How many events are ready, after `timeoutMs` at the latest (-1: no limit). A wait that is interrupted, as by SIGCONT,
   * tells nothing of what came meanwhile, so it looks once more. Throws SystemCallError, of an interruption again too:
   * taken for a wait without events, one that never ends would make answers look like silence.
   */
  wait(timeoutMs: number): number {
    let ready = sys.epollWait(this.fd, this.#events, this.#capacity, timeoutMs);
    if (ready === -EINTR) ready = sys.epollWait(this.fd, this.#events, this.#capacity, 0);
    return must('epoll_wait', ready);
  }

  /** The event bits of the `index`-th event of the last wait. */
  eventsAt(index: number): number {
    return this.#events[index * WORDS] ?? 0;
  }

  /** The first data word of the `index`-th event of the last wait. */
  lowAt(index: number): number {
    return this.#events[index * WORDS + DATA] ?? 0;
  }

  /** The second data word of the `index`-th event of the last wait. */
  highAt(index: number): number {
    return this.#events[index * WORDS + DATA + 1] ?? 0;
  }

  /** Closes the epoll descriptor. Call once. */
  close(): void {
    must('close', sys.close(this.fd));
  }
}
