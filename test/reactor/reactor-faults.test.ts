// System calls that fail, on a fake kernel and a stopped clock: tried again where that may help, else the attempt's end.
import { constants } from 'node:os';
import t from 'tap';
import type { Source } from '../../src/reactor/protocol.ts';
import type { ErrnoName, FakeKernel } from '../support/fake-kernel.ts';
import { bench, near } from '../support/reactor-bench.ts';

const RETRY_MS = 20;
const TRANSIENT = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN', 'ENOSPC'] as const;
const SOURCE: Source = { address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 2) }, interface: 'lo' };

/** Each call of an attempt's start, made to fail so many times; and what the wire calls it. */
const OF_START: readonly (readonly [
  syscall: string,
  fail: (kernel: FakeKernel, code: ErrnoName, n: number) => void,
])[] = [
  ['socket', (kernel, code, times) => kernel.failNext('open', code, times)],
  ['setsockopt', (kernel, code, times) => kernel.failNext('bindInterface', code, times)],
  ['bind', (kernel, code, times) => kernel.failNext('bindAddress', code, times)],
  ['setsockopt', (kernel, code, times) => kernel.failNext('halveHandshakes', code, times)],
  ['connect', (kernel, code, n) => kernel.connectReturns.push(...new Array<number>(n).fill(constants.errno[code]))],
  ['epoll_ctl', (kernel, code, times) => kernel.failNext('watch', code, times)],
];

for (const [syscall, fail] of OF_START.filter(([syscall]) => syscall !== 'bind')) {
  for (const code of TRANSIENT) {
    t.test(`${code} from ${syscall} is tried again twice, then it is a local error`, (t) => {
      const b = bench(t);
      fail(b.kernel, code, 3);
      b.start(1, { source: SOURCE });
      b.turn();
      for (let retry = 0; retry < 2; retry++) {
        t.match([b.taken().length, b.inFlight, b.kernel.sockets.size], [0, 0, 0], 'it waits, and holds nothing');
        near(t, b.kernel.waits.at(-1), RETRY_MS);
        b.clock.advance(RETRY_MS);
        b.turn(2);
      }
      t.match(b.taken(), [{ slot: 1, ending: 'local-error', syscall, errno: constants.errno[code] }]);
      t.match([b.inFlight, b.queued, b.kernel.sockets.size], [0, 0, 0]);
      t.same(b.descriptors, []);
      t.end();
    });

    t.test(`${code} from ${syscall} that passes leaves no trace`, (t) => {
      const b = bench(t);
      fail(b.kernel, code, 2);
      b.start(1, { source: SOURCE });
      b.turn();
      for (let retry = 0; retry < 2; retry++) {
        b.clock.advance(RETRY_MS);
        b.turn(2);
      }
      b.kernel.socket().answer();
      b.turn();
      t.match(b.taken(), [{ slot: 1, ending: 'established', syscall: null, errno: 0 }]);
      t.end();
    });
  }
}

t.test('what will not pass is a local error at once, with its call and errno', (t) => {
  for (const [syscall, fail] of OF_START) {
    for (const code of ['EACCES', 'EPERM', 'ENETUNREACH', 'EINVAL'] as const) {
      const b = bench(t);
      fail(b.kernel, code, 1);
      b.start(1, { source: SOURCE });
      b.turn();
      t.match(b.taken(), [{ ending: 'local-error', syscall, errno: constants.errno[code] }], `${code} from ${syscall}`);
      t.match([b.inFlight, b.kernel.sockets.size], [0, 0]);
    }
  }
  t.end();
});

t.test('a source address that is not ours is a local error at once: it will not become ours', (t) => {
  const b = bench(t);
  b.kernel.failNext('bindAddress', 'EADDRNOTAVAIL');
  b.start(1, { source: SOURCE });
  b.turn();
  t.match(b.taken(), [{ ending: 'local-error', syscall: 'bind', errno: constants.errno.EADDRNOTAVAIL }]);
  t.end();
});

t.test('without the time for another try there is none', (t) => {
  const b = bench(t);
  b.kernel.failNext('open', 'EMFILE');
  b.start(1, { deadlineMs: RETRY_MS });
  b.turn();
  t.match(b.taken(), [{ ending: 'local-error', syscall: 'socket', errno: constants.errno.EMFILE, latencyMs: null }]);
  t.end();
});

t.test('getsockopt that fails while the facts are read is tried again from the start, then a local error', (t) => {
  for (const call of ['readInfo', 'takeError'] as const) {
    const b = bench(t);
    b.start(1);
    b.turn();
    for (let tries = 0; tries < 3; tries++) {
      b.kernel.failNext(call, 'ENOBUFS');
      b.kernel.socket().refuse();
      b.turn();
      b.clock.advance(RETRY_MS);
      b.turn(2);
    }
    t.match(b.taken(), [{ ending: 'local-error', syscall: 'getsockopt', errno: constants.errno.ENOBUFS }], call);
    t.match([b.inFlight, b.kernel.opened, b.kernel.sockets.size], [0, 3, 0]);
  }
  t.end();
});

t.test('names that cannot be compared are a local error, and the socket goes', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.failNext('isSelfConnected', 'EBADF');
  b.kernel.socket().answer();
  b.kernel.socket().info = { ...b.kernel.socket().info, segsIn: 2 };
  b.turn();
  t.match(b.taken(), [{ ending: 'local-error', syscall: 'getsockname' }]);
  t.equal(b.kernel.sockets.size, 0);
  t.end();
});

t.test('when the facts cannot be read at the end, the ending stands without them', (t) => {
  const b = bench(t);
  b.start(1, { timeoutMs: 10 });
  b.turn();
  b.kernel.failNext('readInfo', 'ENOBUFS');
  b.clock.advance(10);
  b.turn();
  const [result] = b.taken();
  t.match(result, { ending: 'expired', errno: 0, syscall: null, tcp: null });
  near(t, result?.latencyMs, 10);
  t.end();
});

t.test('a socket that cannot be disconnected is reset, and the answer stands', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  const socket = b.kernel.socket();
  b.kernel.failNext('disconnect', 'EIO');
  socket.answer();
  b.turn();
  t.match(b.taken(), [{ ending: 'established', syscall: null, errno: 0 }]);
  t.equal(socket.calls.at(-1), 'reset');
  t.match([b.sockets.idle, b.kernel.sockets.size], [0, 0]);
  t.end();
});

t.test('an attempt that waits for another try can be cancelled, and ends at its request’s deadline', (t) => {
  const b = bench(t);
  b.kernel.failNext('open', 'EMFILE', 2);
  b.start(1);
  b.start(2, { deadlineMs: RETRY_MS + 1 });
  b.turn();
  b.cancel(1);
  b.turn();
  t.match(b.taken(), [{ slot: 1, ending: 'cancelled', latencyMs: null, tcp: null }]);
  b.clock.advance(RETRY_MS + 1);
  b.turn();
  t.match(b.taken(), [{ slot: 2, ending: 'not-started', latencyMs: null, tcp: null }]);
  b.turn(2);
  t.match([b.inFlight, b.queued, b.kernel.opened], [0, 0, 0]);
  t.end();
});

t.test('when this machine is out of something, idle sockets are given back first', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.socket().answer();
  b.turn();
  t.equal(b.sockets.idle, 1);
  b.kernel.failNext('open', 'EMFILE');
  b.start(2, { handshake: 'full' });
  b.turn();
  t.equal(b.sockets.idle, 0);
  t.equal(b.kernel.sockets.size, 0);
  t.end();
});

t.test('one attempt’s trouble is not another’s', (t) => {
  const b = bench(t);
  b.kernel.connectReturns.push(constants.errno.EINPROGRESS, constants.errno.ENETUNREACH);
  for (const slot of [1, 2, 3]) b.start(slot);
  b.turn();
  for (const socket of b.kernel.connecting) socket.answer();
  b.turn();
  t.match(
    b.taken().sort((one, other) => one.slot - other.slot),
    [
      { slot: 1, ending: 'established' },
      { slot: 2, ending: 'local-error', syscall: 'connect' },
      { slot: 3, ending: 'established' },
    ],
  );
  t.end();
});

t.test('an error that no system call made is a bug, and is thrown', (t) => {
  const b = bench(t);
  b.start(1);
  b.turn();
  b.kernel.socket().registration = { index: 0, generation: 1 };
  Object.defineProperty(b.kernel.socket(), 'info', {
    get: () => {
      throw new TypeError('a bug');
    },
  });
  b.kernel.socket().raise(4);
  t.throws(() => b.turn(), { message: 'a bug' });
  t.end();
});
