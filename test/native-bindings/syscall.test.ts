import assert from 'node:assert/strict';
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import * as linux from '../../native-bindings/linux.ts';
import * as sys from '../../native-bindings/syscall.ts';
import { must, SystemCallError } from '../../native-bindings/syscall.ts';
import { assertBack, openDescriptors } from '../support/descriptors.ts';

const nothing = new Uint8Array(32);
const one = new Uint32Array(1);

/** Each call that takes a descriptor, with everything else in order. */
const OF_DESCRIPTOR: Record<string, (fd: number) => number> = {
  close: sys.close,
  shutdown: (fd) => sys.shutdown(fd, linux.SHUT_WR),
  bind: (fd) => sys.bind(fd, nothing, 16),
  connect: (fd) => sys.connect(fd, nothing, 16),
  getsockname: (fd) => sys.getsockname(fd, nothing, one),
  getpeername: (fd) => sys.getpeername(fd, nothing, one),
  getsockopt: (fd) => sys.getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, one, one),
  setsockopt: (fd) => sys.setsockopt(fd, linux.SOL_TCP, linux.TCP_DEFER_ACCEPT, one, 4),
  recvmsg: (fd) => sys.recvmsg(fd, nothing, linux.MSG_DONTWAIT),
  'epoll_ctl, the instance': (fd) => sys.epollCtl(fd, linux.EPOLL_CTL_ADD, 0, nothing),
  'epoll_ctl, the watched': (fd) => sys.epollCtl(0, linux.EPOLL_CTL_ADD, fd, nothing),
  epoll_wait: (fd) => sys.epollWait(fd, nothing, 1, 0),
};

/** Each place for another integer. The descriptor is one that is never open. */
const OF_INTEGER: Record<string, (value: number) => number> = {
  'socket, domain': (value) => sys.socket(value, linux.SOCK_STREAM, 0),
  'socket, type': (value) => sys.socket(linux.AF_INET, value, 0),
  'socket, protocol': (value) => sys.socket(linux.AF_INET, linux.SOCK_STREAM, value),
  shutdown: (value) => sys.shutdown(0x7fffffff, value),
  'eventfd, count': (value) => sys.eventfd(value, 0),
  'eventfd, flags': (value) => sys.eventfd(0, value),
  bind: (value) => sys.bind(0x7fffffff, nothing, value),
  connect: (value) => sys.connect(0x7fffffff, nothing, value),
  'getsockopt, level': (value) => sys.getsockopt(0x7fffffff, value, 0, one, one),
  'getsockopt, option': (value) => sys.getsockopt(0x7fffffff, 0, value, one, one),
  'setsockopt, level': (value) => sys.setsockopt(0x7fffffff, value, 0, one, 4),
  'setsockopt, option': (value) => sys.setsockopt(0x7fffffff, 0, value, one, 4),
  'setsockopt, length': (value) => sys.setsockopt(0x7fffffff, 0, 0, one, value),
  recvmsg: (value) => sys.recvmsg(0x7fffffff, nothing, value),
  epoll_create1: (value) => sys.epollCreate1(value),
  'epoll_ctl, operation': (value) => sys.epollCtl(0x7fffffff, value, 0, nothing),
  'epoll_wait, capacity': (value) => sys.epollWait(0x7fffffff, nothing, value, 0),
  'epoll_wait, timeout': (value) => sys.epollWait(0x7fffffff, nothing, 1, value),
};

const NOT_DESCRIPTORS = [NaN, 1.5, -1, 2 ** 31, 2 ** 40, Infinity, -Infinity, '0' as unknown as number];
const NOT_INTEGERS = [NaN, 1.5, 2 ** 32, 2 ** 40, -(2 ** 31) - 1, Infinity, undefined as unknown as number];

for (const [name, call] of Object.entries(OF_DESCRIPTOR)) {
  t.test(`${name}: only a descriptor reaches the kernel`, async (t) => {
    const before = openDescriptors();
    for (const value of NOT_DESCRIPTORS) t.throws(() => call(value), RangeError, String(value));
    await assertBack(t, before);
  });
}

for (const [name, call] of Object.entries(OF_INTEGER)) {
  t.test(`${name}: only a 32-bit integer reaches the kernel`, async (t) => {
    const before = openDescriptors();
    for (const value of NOT_INTEGERS) t.throws(() => call(value), RangeError, String(value));
    await assertBack(t, before);
  });
}

t.test('no double that is not a 32-bit integer passes', (t) => {
  const outside = fc.double().filter((value) => !Number.isInteger(value) || Math.abs(value) > 2 ** 32);
  fc.assert(fc.property(outside, (value) => assert.throws(() => sys.epollCreate1(value), RangeError)));
  t.end();
});

t.test('a call that fails returns its negated errno', (t) => {
  const { EBADF, EINVAL, EAFNOSUPPORT } = constants.errno;
  t.equal(sys.close(0x7fffffff), -EBADF);
  t.equal(sys.epollCreate1(1), -EINVAL);
  t.equal(sys.socket(1234, linux.SOCK_STREAM, 0), -EAFNOSUPPORT);
  t.equal(sys.epollWait(0x7fffffff, nothing, 1, 0), -EBADF);
  t.end();
});

t.test('a call that succeeds returns what the kernel returned', async (t) => {
  const before = openDescriptors();
  const fd = sys.eventfd(0, linux.EFD_CLOEXEC);
  t.ok(fd > 2);
  t.equal(sys.close(fd), 0);
  t.equal(sys.close(fd), -constants.errno.EBADF, 'it was closed');
  await assertBack(t, before);
});

t.test('must passes on what is not negative', (t) => {
  t.equal(must('socket', 0), 0);
  t.equal(must('socket', 7), 7);
  t.end();
});

t.test('must throws an error that names the call and its errno', (t) => {
  const failure = t.throws(() => must('connect', -constants.errno.ENETUNREACH)) as unknown as SystemCallError;
  t.type(failure, SystemCallError);
  t.match(failure, { name: 'SystemCallError', syscall: 'connect', errno: 101, code: 'ENETUNREACH' });
  t.equal(failure.message, 'connect failed: ENETUNREACH');
  t.end();
});

t.test('the errno constants are those of this platform', (t) => {
  t.equal(linux.EINTR, constants.errno.EINTR);
  t.equal(linux.EAGAIN, constants.errno.EAGAIN);
  t.equal(linux.ECONNREFUSED, constants.errno.ECONNREFUSED);
  t.equal(linux.EINPROGRESS, constants.errno.EINPROGRESS);
  t.end();
});
