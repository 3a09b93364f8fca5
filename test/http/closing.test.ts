// Whoever is refused while it still sends learns why, and its writes do not fail: its connection is closed only when all has
// been read, or nothing more comes.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { build, listen } from '../support/build.ts';

t.setTimeout(120_000);

const MEGABYTE = Buffer.alloc(1_000_000, ' ');
const JSON_TYPE = 'Content-Type: application/json\r\n';

/** A caller that sends what it is told to, and reads. */
class Caller {
  readonly socket: Socket;
  readonly #closed: Promise<void>;
  text = '';
  failure: Error | null = null;
  #arrived: () => void = () => undefined;

  constructor(t: Test, port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
    this.#closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
    this.socket.on('error', (error) => (this.failure = error));
    this.socket.on('data', (text: string) => {
      this.text += text;
      this.#arrived();
    });
    t.teardown(() => this.socket.destroy());
  }

  /** Resolves when it is on its way. */
  send(data: string | Buffer): Promise<void> {
    return new Promise((resolve) => this.socket.write(data, () => resolve()));
  }

  /** Has sent everything. Resolves when the connection is closed. */
  async end(): Promise<void> {
    this.socket.end();
    await this.#closed;
  }

  /** Resolves when the reply, the `nth` one, has begun. */
  async reply(nth = 1): Promise<void> {
    while (this.text.split('HTTP/1.1 ').length <= nth && this.failure === null && !this.socket.closed)
      await Promise.race([new Promise<void>((resolve) => (this.#arrived = resolve)), this.#closed]);
  }
}

const REFUSED: readonly (readonly [words: string, head: string, status: number, body: Buffer])[] = [
  ['an unknown path', 'POST /nowhere HTTP/1.1\r\n', 404, MEGABYTE],
  ['a method that the resource does not take', `PUT /check HTTP/1.1\r\n${JSON_TYPE}`, 405, MEGABYTE],
  ['a media type that nobody reads', 'POST /check HTTP/1.1\r\nContent-Type: image/png\r\n', 415, MEGABYTE],
  ['a body that is announced as too large', `POST /check HTTP/1.1\r\n${JSON_TYPE}`, 413, MEGABYTE],
  ['a path that is none', 'POST /%zz HTTP/1.1\r\n', 400, MEGABYTE],
  ['a body where none is taken', 'GET /livez HTTP/1.1\r\n', 200, MEGABYTE],
  ['a small body', 'POST /nowhere HTTP/1.1\r\n', 404, MEGABYTE.subarray(0, 500)],
];

for (const [words, head, status, body] of REFUSED) {
  for (const isChunked of [false, true]) {
    if (isChunked && status === 413) continue; // It is refused in the middle: see below.
    const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${20 * body.length}`;
    const part = isChunked
      ? Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
      : body;

    t.test(`${words}, ${length}: the reply is read, and every write succeeds`, async (t) => {
      const caller = new Caller(t, await listen(await build(t)));
      await caller.send(`${head}Host: 127.0.0.1\r\nConnection: close\r\n${length}\r\n\r\n`);
      await caller.send(part);
      await caller.reply();
      for (let i = 1; i < 20; i++) await caller.send(part);
      if (isChunked) await caller.send('0\r\n\r\n');
      await caller.end();
      t.equal(caller.failure, null);
      t.match(caller.text, new RegExp(`^HTTP/1\\.1 ${status} `));
      t.match(caller.text, /connection: close/i);
    });
  }
}

t.test('a body that turns out too large: the same', async (t) => {
  const caller = new Caller(t, await listen(await build(t, { config: { maxTargets: 10 } })));
  await caller.send(`POST /check HTTP/1.1\r\n${JSON_TYPE}Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const part = Buffer.concat([Buffer.from(`${MEGABYTE.length.toString(16)}\r\n`), MEGABYTE, Buffer.from('\r\n')]);
  for (let i = 0; i < 10; i++) await caller.send(part);
  await caller.reply();
  for (let i = 0; i < 10; i++) await caller.send(part);
  await caller.send('0\r\n\r\n');
  await caller.end();
  t.equal(caller.failure, null);
  t.match(caller.text, /^HTTP\/1\.1 413 /);
});

t.test('a connection that is to go on goes on behind a body that nobody has read', async (t) => {
  const caller = new Caller(t, await listen(await build(t)));
  await caller.send(`POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${20 * MEGABYTE.length}\r\n\r\n`);
  await caller.reply();
  for (let i = 0; i < 20; i++) await caller.send(MEGABYTE);
  await caller.send('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await caller.reply(2);
  t.match(caller.text, /^HTTP\/1\.1 404 [^]*HTTP\/1\.1 200 /);
  t.equal(caller.failure, null);
});

t.test('whoever sends no more is closed a second later', async (t) => {
  const caller = new Caller(t, await listen(await build(t)));
  const begin = performance.now();
  const ended = once(caller.socket, 'end');
  await caller.send(
    'POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n{',
  );
  await ended;
  t.match(caller.text, /^HTTP\/1\.1 404 /, 'it has its reply, and the FIN behind it');
  while (caller.failure === null) {
    await caller.send(' '); // It ends with the RST that answers it.
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  t.match(caller.failure, { code: /EPIPE|ECONNRESET/ });
  t.ok(performance.now() - begin < 20_000, 'long before a slow request is given up');
});

t.test('what comes behind the last reply is no request', async (t) => {
  const built = await build(t);
  const caller = new Caller(t, await listen(built));
  await caller.send(`POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 30000\r\n\r\n`);
  await caller.reply();
  const body = '{"targets":["a.test:1"]}';
  const second = `POST /check HTTP/1.1\r\n${JSON_TYPE}Host: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  await caller.send(MEGABYTE.subarray(0, 30_000));
  await caller.send(second);
  await caller.end();
  t.equal(built.checker.asked.length, 0);
  t.equal(caller.text.split('HTTP/1.1 ').length, 2);
});

t.test('refused requests without number on one connection leave nothing behind', async (t) => {
  const caller = new Caller(t, await listen(await build(t)));
  const refused = 'POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\n\r\n.';
  for (let i = 0; i < 120; i++) {
    await caller.send(refused.repeat(100));
    await caller.reply(100 * (i + 1));
  }
  await caller.send('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
  await caller.end();
  t.equal(caller.failure, null);
  t.match(caller.text.slice(-3000), /HTTP\/1\.1 200 [^]*ok/);
});
