import { readSync, writeSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Epoll } from '../../native-bindings/epoll.ts';
import { EventFd } from '../../native-bindings/eventfd.ts';
import { proveEpollLayout } from '../../native-bindings/layout.ts';
import { EPOLLET, EPOLLIN, EPOLLOUT } from '../../native-bindings/linux.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);
const before = openDescriptors();

function pair(t: Test, capacity = 8): { epoll: Epoll; eventfd: EventFd } {
  const epoll = new Epoll(capacity);
  const eventfd = new EventFd();
  t.teardown(() => {
    epoll.close();
    eventfd.close();
  });
  return { epoll, eventfd };
}

t.test('the layout self-check holds on this machine and leaves nothing open', async (t) => {
  const before = openDescriptors();
  proveEpollLayout();
  await assertBack(t, before);
});

for (const [low, high] of [
  [0, 0],
  [1, 2],
  [0x7fffffff, 0x80000000],
  [0xffffffff, 0],
  [0, 0xffffffff],
  [0xffffffff, 0xfffffffe],
] as const) {
  t.test(`the data words ${low} and ${high} come back as they went`, (t) => {
    const { epoll, eventfd } = pair(t);
    epoll.add(eventfd.fd, EPOLLIN, low, high);
    writeSync(eventfd.fd, ONE);
    t.equal(epoll.wait(1000), 1);
    t.same([epoll.eventsAt(0), epoll.lowAt(0), epoll.highAt(0)], [EPOLLIN, low, high]);
    t.end();
  });
}

t.test('several events of one wait keep their own words', (t) => {
  const epoll = new Epoll(8);
  const eventfds = Array.from({ length: 5 }, () => new EventFd(1));
  eventfds.forEach(({ fd }, i) => epoll.add(fd, EPOLLIN | EPOLLOUT, i, 0xffffffff - i));
  t.equal(epoll.wait(1000), 5);
  const seen = eventfds.map((_, i) => [epoll.eventsAt(i), epoll.lowAt(i), epoll.highAt(i)]);
  t.same(
    seen.sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0)),
    eventfds.map((_, i) => [EPOLLIN | EPOLLOUT, i, 0xffffffff - i]),
  );
  for (const eventfd of eventfds) eventfd.close();
  epoll.close();
  t.end();
});

t.test('a wait returns no more events than its capacity, and the rest stay for the next', (t) => {
  const epoll = new Epoll(2);
  const eventfds = Array.from({ length: 3 }, () => new EventFd(1));
  eventfds.forEach(({ fd }, i) => epoll.add(fd, EPOLLIN | EPOLLET, i, 0));
  t.equal(epoll.wait(0), 2);
  const first = [epoll.lowAt(0), epoll.lowAt(1)];
  t.equal(epoll.wait(0), 1);
  t.same([...first, epoll.lowAt(0)].sort(), [0, 1, 2]);
  for (const eventfd of eventfds) eventfd.close();
  epoll.close();
  t.end();
});

t.test('edge-triggered, an event that is not acted on is reported once', (t) => {
  const { epoll, eventfd } = pair(t);
  epoll.add(eventfd.fd, EPOLLIN | EPOLLET, 1, 1);
  writeSync(eventfd.fd, ONE);
  t.equal(epoll.wait(0), 1);
  t.equal(epoll.wait(0), 0, 'it is still readable, and not reported again');
  writeSync(eventfd.fd, ONE);
  t.equal(epoll.wait(0), 1, 'another write is another edge, though nothing was read');
  t.end();
});

t.test('level-triggered, it is reported until it is acted on', (t) => {
  const { epoll, eventfd } = pair(t);
  epoll.add(eventfd.fd, EPOLLIN, 1, 1);
  writeSync(eventfd.fd, ONE);
  t.equal(epoll.wait(0), 1);
  t.equal(epoll.wait(0), 1);
  readSync(eventfd.fd, new Uint8Array(8));
  t.equal(epoll.wait(0), 0);
  t.end();
});

t.test('a wait with nothing ready takes its timeout and returns 0', (t) => {
  const { epoll } = pair(t);
  const start = performance.now();
  t.equal(epoll.wait(30), 0);
  t.ok(performance.now() - start >= 29, 'it waited');
  t.end();
});

t.test('before the first wait, and past the last event, everything reads as 0', (t) => {
  const { epoll } = pair(t, 1);
  t.same([epoll.eventsAt(0), epoll.lowAt(0), epoll.highAt(0)], [0, 0, 0]);
  t.same([epoll.eventsAt(9), epoll.lowAt(9), epoll.highAt(9)], [0, 0, 0]);
  t.end();
});

t.test('what the kernel refuses is a SystemCallError that names the call', (t) => {
  const { epoll, eventfd } = pair(t);
  epoll.add(eventfd.fd, EPOLLIN, 1, 1);
  t.throws(() => epoll.add(eventfd.fd, EPOLLIN, 1, 1), { syscall: 'epoll_ctl', code: 'EEXIST' });
  t.throws(() => epoll.add(0x7fffffff, EPOLLIN, 1, 1), { syscall: 'epoll_ctl', code: 'EBADF' });
  const without = new Epoll(0);
  t.throws(() => without.wait(0), { syscall: 'epoll_wait', code: 'EINVAL' }, 'no room for an event');
  without.close();
  t.end();
});

t.test('an eventfd starts at its count and is never blocking', (t) => {
  const counted = new EventFd(3);
  const read = new BigUint64Array(1);
  t.equal(readSync(counted.fd, new Uint8Array(read.buffer)), 8);
  t.equal(read[0], 3n);
  t.throws(() => readSync(counted.fd, new Uint8Array(8)), { code: 'EAGAIN' });
  counted.close();
  t.throws(() => counted.close(), { syscall: 'close', code: 'EBADF' });
  t.end();
});

t.test('closed means closed', (t) => {
  const epoll = new Epoll(1);
  epoll.close();
  t.throws(() => epoll.wait(0), { syscall: 'epoll_wait', code: 'EBADF' });
  t.throws(() => epoll.close(), { syscall: 'close', code: 'EBADF' });
  t.end();
});

t.test('nothing is left open', (t) => assertBack(t, before));
