// Bodies that nobody reads are received all the same, and no more of them in a turn of the event loop than of others.
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { build, listen } from '../../support/build.ts';

const CHUNK = 64 * 1024;
const BODIES = 20;
const BODY = Buffer.alloc(5_000_000, ' ');
const HEAD = `POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${BODY.length}\r\n\r\n`;

t.test('a turn of the event loop takes in a few chunks of them, and in the end all', async (t) => {
  const built = await build(t);
  const port = await listen(built);
  const accepted: Socket[] = [];
  built.app.server.on('connection', (socket: Socket) => accepted.push(socket));
  const received = (): number => accepted.reduce((sum, { bytesRead }) => sum + bytesRead, 0);

  const callers = Array.from({ length: BODIES }, () => connect(port, '127.0.0.1').setEncoding('latin1'));
  t.teardown(() => callers.forEach((caller) => caller.destroy()));
  const replies = callers.map((caller) => new Promise<string>((resolve) => caller.on('data', resolve)));
  for (const caller of callers) caller.write(HEAD);
  for (const reply of await Promise.all(replies)) t.match(reply, /^HTTP\/1\.1 404 /);

  for (const caller of callers) caller.write(BODY);
  const all = BODIES * (HEAD.length + BODY.length);
  let most = 0;
  for (let before = received(); before < all;) {
    await new Promise(setImmediate);
    const now = received();
    // The first chunks of each come unasked.
    if (before > 2 * BODIES * CHUNK) most = Math.max(most, now - before);
    before = now;
  }
  t.ok(most <= 20 * CHUNK, `${Math.ceil(most / CHUNK)} chunks in a turn`);
  t.equal(received(), all);
});
