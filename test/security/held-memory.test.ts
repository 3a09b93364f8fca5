// What a caller makes reachd hold is counted where it is held and given back when it is gone: bodies that are half sent,
// checks that wait, replies that nobody reads. On real sockets.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { Pool } from '../../src/check/pool.ts';
import type { Inquiry } from '../../src/check/inquiry.ts';
import type { Check, CheckReply } from '../../src/check/result.ts';
import { build, FakeChecker, listen, replyOf, resultOf } from '../support/build.ts';
import { until } from '../support/stream-client.ts';

const MB = 1024 * 1024;

function head(length: number, more = ''): string {
  return `POST /check HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}content-length: ${length}\r\n\r\n`;
}

/** A connection that has sent `text`, and reads only when it is asked to. */
async function sender(t: Test, port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(text);
  return socket;
}

async function statusOf(socket: Socket): Promise<string> {
  socket.resume();
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString('latin1').split(' ')[1] ?? '';
}

const HOLDING = () => new Pool(8 * MB, 'bytes');

t.test('bodies under way are counted as they arrive, and given back when their sender leaves', async (t) => {
  const memory = HOLDING();
  const built = await build(t, { memory });
  const port = await listen(built);
  const half = 'x'.repeat(2 * MB);
  const first = await sender(t, port, head(9 * MB) + half);
  await until(() => memory.taken >= 4 * MB);
  const second = await sender(t, port, head(9 * MB) + half);
  t.equal(await statusOf(second), '429', 'the caller’s own share');
  t.ok(memory.taken < 6 * MB, 'what came of it is not held');
  const body = '{"targets":["a:2"]}';
  t.equal(await statusOf(await sender(t, port, head(body.length) + body)), '200', 'a small one has room');
  first.destroy();
  await until(() => memory.taken === 0 || memory.taken <= 8192);
  t.pass('given back');
});

t.test('a reply is counted until it is read to its end, JSON and lines alike', async (t) => {
  for (const accept of ['', 'accept: application/x-ndjson\r\n']) {
    const memory = new Pool(64 * MB, 'bytes');
    const attempts = Array.from({ length: 1000 }, (_, i) => ({ address: '127.0.0.1', note: 'x'.repeat(300), i }));
    const checker = {
      check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
        inquiry.memory?.take(20 * MB);
        const results = checks.map((check) => ({ ...resultOf(check), attempts: attempts as never }));
        results.forEach((result, index) => inquiry.onResult?.(index, result));
        return Promise.resolve(replyOf(results));
      },
    };
    const built = await build(t, { memory, checker });
    const port = await listen(built);
    const body = JSON.stringify({ targets: Array.from({ length: 50 }, (_, i) => `a:${i + 2}`) });
    const socket = await sender(t, port, head(body.length, accept) + body);
    await until(() => memory.taken >= 20 * MB);
    for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    t.ok(memory.taken >= 20 * MB, 'nobody has read it');
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.resume();
    await until(() => memory.taken === 0);
    t.ok(bytes > 15 * MB, `${bytes} bytes were read`);
  }
});

t.test(
  'a request that has no room is 503 where others have it, and 413 where there can never be as much',
  async (t) => {
    const memory = HOLDING();
    const built = await build(t, { memory, checker: new TakingChecker() });
    const post = (targets: number) =>
      built.app.inject({
        method: 'POST',
        url: '/check',
        payload: { targets: Array.from({ length: targets }, () => 'a:2') },
      });
    t.equal((await post(4)).statusCode, 200);
    const other = memory.open('other');
    other.hold(8.5 * MB);
    const refused = await post(1);
    t.match(refused.json(), { type: 'urn:reachd:problem:overloaded', status: 503 });
    t.equal(refused.headers['retry-after'], '1');
    other.close();
    t.match((await post(9)).json(), { type: 'urn:reachd:problem:payload-too-large', status: 413 });
  },
);

/** A megabyte for each target. */
class TakingChecker extends FakeChecker {
  override check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    inquiry.memory?.take(checks.length * MB);
    return super.check(checks, inquiry);
  }
}

t.test('a stream whose framing breaks before its reply has begun gets the 400 of any other request', async (t) => {
  const built = await build(t);
  const port = await listen(built);
  const text =
    'POST /check HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n';
  const socket = await sender(t, port, text);
  await new Promise(setImmediate);
  socket.write('no chunk\r\n');
  t.equal(await statusOf(socket), '400');
});
