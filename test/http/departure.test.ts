// A connection while its checks run: silence on it is reachd's own then, and nobody else's excuse afterwards.
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { whileWanted } from '../../src/http/departure.ts';
import { installRequestMemory } from '../../src/http/request-memory.ts';
import { memoryOf } from '../../src/check/pool.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { whenCancelled } from '../support/inquiry.ts';

const IDLE_MS = 100;
const never = new Cancellation();

/** A server whose idle connections last IDLE_MS, and a connection to it that has asked for `/`. */
async function asking(t: Test, handle: Parameters<typeof whileWanted>[2], isAnswered: boolean): Promise<Socket> {
  const app = Fastify({ connectionTimeout: IDLE_MS });
  t.teardown(() => app.close());
  installRequestMemory(app, memoryOf(1));
  app.get('/', async (_request, reply) => {
    await whileWanted(reply, never, handle);
    return isAnswered ? 'ok' : new Promise(() => undefined);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

t.test('checks that take many times the idle timeout are answered', async (t) => {
  const socket = await asking(t, () => sleep(5 * IDLE_MS), true);
  const [reply] = (await once(socket, 'data')) as [Buffer];
  t.match(reply.toString(), /^HTTP\/1\.1 200 /);
});

t.test('a connection on which nothing moves after the checks is cut off', { timeout: 10_000 }, async (t) => {
  const startedAt = performance.now();
  const socket = await asking(t, () => sleep(5 * IDLE_MS), false);
  await once(socket.resume(), 'close');
  t.ok(performance.now() - startedAt >= 5 * IDLE_MS, 'but not before they are done');
});

t.test('who leaves aborts the checks', async (t) => {
  let aborted: (() => void) | undefined;
  const seen = new Promise<void>((resolve) => (aborted = resolve));
  const socket = await asking(
    t,
    async (cancellation) => {
      socket.destroy();
      await whenCancelled(cancellation);
      aborted?.();
    },
    true,
  );
  await seen;
  t.pass();
});
