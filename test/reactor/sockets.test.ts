import t from 'tap';
import type { HeldSocket } from '../../src/reactor/held-socket.ts';
import { MAX_IDLE_SOCKETS } from '../../src/reactor/protocol.ts';
import { attempt, socketTable, used, type Holder } from '../support/socket-table.ts';

t.test('an idle socket serves the next attempt of its family, the last kept first', (t) => {
  const { kernel, sockets } = socketTable();
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
  const { kernel, sockets } = socketTable();
  const kept = used(sockets);
  sockets.keep(kept);
  t.not(sockets.acquire(4, null, attempt), kept);
  t.equal(kernel.opened, 2);
  t.equal(sockets.idle, 1);
  t.end();
});

t.test('a socket is registered once, however often it is used', (t) => {
  const { kernel, sockets } = socketTable();
  const held = used(sockets);
  sockets.keep(held);
  kernel.failNext('watch', 'EEXIST');
  sockets.watch(sockets.acquire(4, 'half', attempt));
  t.equal(held.watched, true);
  t.end();
});

t.test('a registration that failed is tried again, and until then the socket is not kept', (t) => {
  const { kernel, sockets } = socketTable();
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
  const { kernel, sockets } = socketTable(MAX_IDLE_SOCKETS + 10);
  const held = Array.from({ length: MAX_IDLE_SOCKETS + 10 }, (_, i) => used(sockets, i % 2 === 0 ? 4 : 6));
  for (const one of held) sockets.keep(one);
  t.equal(sockets.idle, MAX_IDLE_SOCKETS);
  t.equal(kernel.sockets.size, MAX_IDLE_SOCKETS);
  t.end();
});

t.test('an event finds its attempt only by row and generation, and only while the socket is in use', (t) => {
  const { sockets } = socketTable();
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
  const { sockets } = socketTable();
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
  const { kernel, sockets, shared } = socketTable();
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
  const { kernel, sockets, shared } = socketTable();
  const held = used(sockets);
  kernel.failNext('reset', 'EIO');
  t.throws(() => sockets.reset(held), { code: 'EIO' });
  t.same(shared(), [], 'a second close could hit somebody else');
  t.end();
});

t.test('a discarded socket is nobody’s at once, and is reset with the next sweep', (t) => {
  const { kernel, sockets, shared } = socketTable();
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

t.test('of very many discarded sockets each sweep closes some, and says whether all are closed', (t) => {
  const { sockets, shared } = socketTable(1000);
  const held = Array.from({ length: 1000 }, () => used(sockets));
  t.equal(sockets.sweep(), true);
  for (const one of held) sockets.discard(one);
  let sweeps = 1;
  for (let left = shared().length; !sockets.sweep(); sweeps++, left = shared().length) t.ok(shared().length < left);
  t.ok(sweeps > 5 && sweeps < 100, `${sweeps} sweeps`);
  t.same(shared(), []);
  for (let i = 0; i < 100; i++) sockets.discard(used(sockets));
  sockets.closeAll();
  t.same(shared(), [], 'the end closes all of them');
  t.end();
});

t.test('a socket that cannot be opened takes no row', (t) => {
  const { kernel, sockets, shared } = socketTable();
  kernel.failNext('open', 'EMFILE');
  t.throws(() => sockets.acquire(4, 'half', attempt), { syscall: 'socket', code: 'EMFILE' });
  t.same(shared(), []);
  t.equal(used(sockets).index, 0);
  t.end();
});

t.test('close ends with FIN, reset with RST, trim closes what is idle and nothing else', (t) => {
  const { kernel, sockets } = socketTable();
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
