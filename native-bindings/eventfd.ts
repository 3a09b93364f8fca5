// eventfd(2): a descriptor that another thread writes to, to make this one's epoll_wait return.
import { EFD_CLOEXEC, EFD_NONBLOCK } from './linux.ts';
import * as sys from './syscall.ts';
import { must } from './syscall.ts';

export class EventFd {
  readonly fd: number;

  /** A counter that starts at `count`; above 0 the descriptor is readable at once. Throws SystemCallError. */
  constructor(count = 0) {
    this.fd = must('eventfd', sys.eventfd(count, EFD_NONBLOCK | EFD_CLOEXEC));
  }

  /** Closes the descriptor. Call once. */
  close(): void {
    must('close', sys.close(this.fd));
  }
}
