// The start-up self-check of the one struct whose layout depends on the machine. A wrong layout would not crash: every
// event would name the wrong socket. So it is proved before the first check, on the kernel that will be asked.
import { Epoll } from './epoll.ts';
import { EventFd } from './eventfd.ts';
import { EPOLLIN } from './linux.ts';

/** Throws an Error with one clear line when `struct epoll_event` is not laid out as epoll.ts believes. */
export function proveEpollLayout(): void {
  const low = 0x01234567;
  const high = 0x89abcdef;
  const readable = new EventFd(1);
  let epoll: Epoll | null = null;
  try {
    epoll = new Epoll(2);
    epoll.add(readable.fd, EPOLLIN, low, high);
    const ready = epoll.wait(0);
    const seen = [epoll.eventsAt(0), epoll.lowAt(0), epoll.highAt(0)];
    if (ready === 1 && seen[0] === EPOLLIN && seen[1] === low && seen[2] === high) return;
    throw new Error(
      `struct epoll_event is not laid out as expected on ${process.arch}: ${ready} events, words ${seen.join(' ')}`,
    );
  } finally {
    readable.close();
    epoll?.close();
  }
}
