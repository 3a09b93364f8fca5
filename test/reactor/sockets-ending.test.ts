// Connections that were ended with FIN and whose sockets wait for the peer's.
import t from 'tap';
import { EPOLLERR, EPOLLHUP } from '../../native-bindings/linux.ts';
import { CLOSE } from '../support/fake-socket.ts';
import { attempt, socketTable, used } from '../support/socket-table.ts';

t.test('a finished connection is closed when an attempt needs its room, and when there is time', (t) => {
  const { kernel, sockets, shared } = socketTable(8, 4);
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
  const { kernel, sockets } = socketTable();
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
  const { kernel, sockets } = socketTable();
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
