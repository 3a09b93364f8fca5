import t from 'tap';
import { EPOLLERR, EPOLLHUP } from '../../native-bindings/linux.ts';
import type { HeldSocket } from '../../src/reactor/held-socket.ts';
import { MAX_IDLE_SOCKETS, SHARED, sharedSize } from '../../src/reactor/protocol.ts';
import { Sockets } from '../../src/reactor/sockets.ts';
import { CLOSE, FakeKernel } from '../support/fake-kernel.ts';

interface Fixture {
  readonly kernel: FakeKernel;
  readonly sockets: Sockets<Holder>;
  /** Descriptors in shared memory, by row. */
  readonly shared: () => number[];
}

function fixture(maxInFlight = 8, capacity = Infinity): Fixture {
  const kernel = new FakeKernel();
  const words = new Int32Array(new SharedArrayBuffer(sharedSize(maxInFlight)));
  const shared = (): number[] =>
    [...words.subarray(SHARED.sockets)].filter((word) => word !== 0).map((word) => word - 1);
  return { kernel, sockets: new Sockets<Holder>(kernel.poller, words, kernel.open, capacity), shared };
}

/** What uses a socket is nothing to the table. */
interface Holder {
  readonly name: string;
}

const attempt: Holder = { name: 'an attempt' };

function used(sockets: Sockets<Holder>, family: 4 | 6 = 4): HeldSocket<Holder> {
  const held = sockets.acquire(family, 'half', attempt);
  sockets.watch(held);
  return held;
}

t.test('an idle socket serves the next attempt of its family, the last kept first', (t) => {
  const { kernel, sockets } = fixture();
  const [a, b] = [used(sockets), used(sockets)];
  sockets.keep(a);
  sockets.keep(b);
  t.equal(sockets.idle, 2);
  t.not(sockets.acquire(6, 'half', attempt), a, 'not for another family');
  t.equal(sockets.acquire(4, 'half', attempt), b);
  t.equal(sockets.acquire(4, 'half', attempt), a);
  t.equal(kernel.opened, 3);
  t.end();
});

t.test('an attempt that may not reuse gets a new socket while others are idle', (t) => {
  const { kernel, sockets } = fixture();
  const kept = used(sockets);
  sockets.keep(kept);
  t.not(sockets.acquire(4, null, attempt), kept);
  t.equal(kernel.opened, 2);
  t.equal(sockets.idle, 1);
  t.end();
});

t.test('a socket is registered once, however often it is used', (t) => {
  const { kernel, sockets } = fixture();
  const held = used(sockets);
  sockets.keep(held);
  kernel.failNext('watch', 'EEXIST');
  sockets.watch(sockets.acquire(4, 'half', attempt));
  t.equal(held.watched, true);
  t.end();
});

t.test('a registration that failed is tried again, and until then the socket is not kept', (t) => {
  const { kernel, sockets } = fixture();
  const held = sockets.acquire(4, 'half', attempt);
  kernel.failNext('watch', 'ENOSPC');
  t.throws(() => sockets.watch(held), { syscall: 'epoll_ctl', code: 'ENOSPC' });
  t.equal(held.watched, false);
  sockets.keep(held);
  t.equal(sockets.idle, 0);
  t.equal(kernel.sockets.size, 0);
  t.end();
});

t.test('the pool has a bound, over both families together', (t) => {
  const { kernel, sockets } = fixture(MAX_IDLE_SOCKETS + 10);
  const held = Array.from({ length: MAX_IDLE_SOCKETS + 10 }, (_, i) => used(sockets, i % 2 === 0 ? 4 : 6));
  for (const one of held) sockets.keep(one);
  t.equal(sockets.idle, MAX_IDLE_SOCKETS);
  t.equal(kernel.sockets.size, MAX_IDLE_SOCKETS);
  t.end();
});

t.test('an event finds its attempt only by row and generation, and only while the socket is in use', (t) => {
  const { sockets } = fixture();
  const held = used(sockets);
  t.equal(sockets.holder(held.index, held.generation), attempt);
  t.equal(sockets.holder(held.index, held.generation + 1), null, 'another generation');
  t.equal(sockets.holder(held.index + 1, held.generation), null, 'an empty row');
  t.equal(sockets.holder(0xffffffff, held.generation), null, 'no row at all');
  sockets.keep(held);
  t.equal(sockets.holder(held.index, held.generation), null, 'idle');
  t.end();
});

t.test('an event of a closed socket does not find the one that has its row and its descriptor now', (t) => {
  const { sockets } = fixture();
  const old = used(sockets);
  sockets.close(old);
  const young = used(sockets);
  t.equal(young.index, old.index);
  t.equal(young.tcp.fd, old.tcp.fd);
  t.equal(sockets.holder(old.index, old.generation), null);
  t.equal(sockets.holder(young.index, young.generation), attempt);
  t.end();
});

t.test('the shared words are the open descriptors, at each moment', (t) => {
  const { kernel, sockets, shared } = fixture();
  const mirrors = (): boolean => t.same(shared().sort(), [...kernel.sockets.keys()].sort());
  const held = Array.from({ length: 6 }, () => used(sockets));
  mirrors();
  const [a, b, c, d] = held as [HeldSocket<Holder>, HeldSocket<Holder>, HeldSocket<Holder>, HeldSocket<Holder>];
  sockets.close(b);
  mirrors();
  sockets.reset(d);
  mirrors();
  sockets.keep(a);
  sockets.keep(c);
  mirrors();
  used(sockets, 6);
  mirrors();
  sockets.trim();
  mirrors();
  sockets.closeAll();
  mirrors();
  t.same(shared(), []);
  t.end();
});

t.test('the shared word goes before the descriptor does', (t) => {
  const { kernel, sockets, shared } = fixture();
  const held = used(sockets);
  kernel.failNext('reset', 'EIO');
  t.throws(() => sockets.reset(held), { code: 'EIO' });
  t.same(shared(), [], 'a second close could hit somebody else');
  t.end();
});

t.test('a discarded socket is nobody’s at once, and is reset with the next sweep', (t) => {
  const { kernel, sockets, shared } = fixture();
  const held = used(sockets);
  const fake = kernel.socket(held.tcp.fd);
  sockets.discard(held);
  t.equal(sockets.holder(held.index, held.generation), null);
  t.equal(sockets.idle, 0, 'it is not kept');
  t.same(shared(), [held.tcp.fd], 'and is known until it is closed');
  sockets.sweep();
  sockets.sweep();
  t.same(fake.calls, ['reset']);
  t.same(shared(), []);
  t.end();
});

t.test('a socket that cannot be opened takes no row', (t) => {
  const { kernel, sockets, shared } = fixture();
  kernel.failNext('open', 'EMFILE');
  t.throws(() => sockets.acquire(4, 'half', attempt), { syscall: 'socket', code: 'EMFILE' });
  t.same(shared(), []);
  t.equal(used(sockets).index, 0);
  t.end();
});

t.test('close ends with FIN, reset with RST, trim closes what is idle and nothing else', (t) => {
  const { kernel, sockets } = fixture();
  const [a, b, c] = [used(sockets), used(sockets), used(sockets)];
  const [fakeA, fakeB, fakeC] = [a, b, c].map(({ tcp }) => kernel.socket(tcp.fd));
  sockets.close(a);
  sockets.reset(b);
  sockets.keep(c);
  const busy = used(sockets, 6);
  sockets.trim();
  t.same(fakeA?.calls, ['close']);
  t.same(fakeB?.calls, ['reset']);
  t.same(fakeC?.calls, ['disconnect', 'close']);
  t.same([...kernel.sockets.keys()], [busy.tcp.fd]);
  t.equal(sockets.idle, 0);
  t.end();
});

t.test('a finished connection is closed when an attempt needs its room, and when there is time', (t) => {
  const { kernel, sockets, shared } = fixture(8, 4);
  const [oldest, ...younger] = Array.from({ length: 4 }, () => {
    const held = used(sockets);
    const fake = kernel.socket(held.tcp.fd);
    sockets.finish(held);
    t.equal(sockets.holder(held.index, held.generation), null, 'its events are nobody’s');
    return fake;
  });
  t.same(oldest?.calls, ['finish'], 'there is room');
  const busy = used(sockets);
  t.same(oldest?.calls, ['finish', 'close']);
  for (const fake of younger) t.same(fake.calls, ['finish']);
  t.equal(sockets.idle, 3);
  t.same(shared().sort(), [...kernel.sockets.keys()].sort(), 'whoever outlives the worker closes them, too');
  sockets.keep(busy);
  t.equal(sockets.idle, 4, 'they do not crowd out what is used again');
  sockets.closeAll();
  for (const fake of younger) t.same(fake.calls, ['finish', 'close'], 'and never end with RST');
  t.equal(kernel.sockets.size, 0);
  t.end();
});

t.test('a connection that both sides have ended serves the next attempt of its kind', (t) => {
  const { kernel, sockets } = fixture();
  const held = sockets.acquire(4, 'full', attempt);
  sockets.watch(held);
  const fake = kernel.socket(held.tcp.fd);
  const { index, generation } = held;
  sockets.noticeEnd(index, generation, EPOLLHUP);
  t.same(fake.calls, [], 'while an attempt has it, its end is the attempt’s to see');
  sockets.finish(held);
  sockets.noticeEnd(index, generation, EPOLLHUP);
  t.same(fake.calls, ['finish', 'readInfo'], 'the peer has not ended it yet');
  fake.info = { ...fake.info, state: CLOSE };
  sockets.noticeEnd(index, generation + 1, EPOLLHUP);
  kernel.failNext('readInfo', 'ENOBUFS');
  sockets.noticeEnd(index, generation, EPOLLHUP);
  t.equal(fake.calls.includes('disconnect'), false, 'another’s event, and one that nobody can judge');
  sockets.noticeEnd(index, generation, EPOLLHUP);
  sockets.noticeEnd(index, generation, EPOLLHUP);
  t.equal(fake.calls.filter((call) => call === 'disconnect').length, 1);
  t.equal(sockets.idle, 1);
  t.not(sockets.acquire(4, 'half', attempt), held, 'a half-open attempt needs other options');
  t.equal(sockets.acquire(4, 'full', attempt), held);
  t.end();
});

t.test('a connection that ended with an error, or that was bound to a source, is closed for good', (t) => {
  const { kernel, sockets } = fixture();
  for (const [use, events] of [['full', EPOLLHUP | EPOLLERR] as const, [null, EPOLLHUP] as const]) {
    const held = sockets.acquire(4, use, attempt);
    sockets.watch(held);
    const fake = kernel.socket(held.tcp.fd);
    sockets.finish(held);
    fake.info = { ...fake.info, state: CLOSE };
    sockets.noticeEnd(held.index, held.generation, events);
    t.equal(fake.calls.includes('disconnect'), false);
    t.equal(sockets.idle, 0);
    t.equal(kernel.sockets.size, 0);
  }
  t.end();
});
