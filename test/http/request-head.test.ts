// What Node would answer by itself, before any hook: no Host, an Expect, in either case with nothing in the reply.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { build, listen } from '../support/build.ts';

const TOKEN = 'the-token-of-the-test';
const BODY = '{"targets":["a.test:2"]}';
const POST = `POST /check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n`;

/** All that comes until the service closes. */
async function answerTo(t: Test, port: number, request: string): Promise<string> {
  const socket = open(t, port);
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  socket.write(request);
  await once(socket, 'close');
  return text;
}

function open(t: Test, port: number): Socket {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  t.teardown(() => socket.destroy());
  return socket;
}

/** Reads until `text` has come. */
async function until(socket: Socket, text: RegExp): Promise<string> {
  let seen = '';
  while (!text.test(seen)) seen += ((await once(socket, 'data')) as [string])[0];
  return seen;
}

t.test('a request without a Host is a 400 that says so, and its connection ends', async (t) => {
  const { app, checker, log } = await build(t);
  const port = await listen({ app, log });
  for (const head of ['GET /check?target=a:2 HTTP/1.1\r\n', 'GET /livez HTTP/1.1\r\n']) {
    const text = await answerTo(t, port, `${head}\r\n`);
    t.match(text, /^HTTP\/1\.1 400 /);
    t.match(text, /content-type: application\/problem\+json/);
    t.match(text, /"urn:reachd:problem:invalid-request".*Host header/);
  }
  t.same(checker.asked, []);
  t.match(await answerTo(t, port, 'GET /livez HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'HTTP/1.0 has none');
});

t.test('an expectation that is not met is a 417 that says so', async (t) => {
  const { app, checker, log } = await build(t);
  const port = await listen({ app, log });
  const text = await answerTo(t, port, `${POST}Expect: a-miracle\r\n\r\n${BODY}`);
  t.match(text, /^HTTP\/1\.1 417 /);
  t.match(text, /"urn:reachd:problem:expectation-failed"/);
  t.match(text, /x-request-id: /);
  t.same(checker.asked, []);
});

t.test('who may ask is told to continue, once, and answered', async (t) => {
  const built = await build(t, { config: { apiTokens: [`ci:${TOKEN}`] } });
  const socket = open(t, await listen(built));
  socket.write(`${POST}Authorization: Bearer ${TOKEN}\r\nExpect: 100-Continue\r\n\r\n`);
  t.equal(await until(socket, /\r\n\r\n$/), 'HTTP/1.1 100 Continue\r\n\r\n');
  socket.write(BODY);
  t.match(await until(socket, /\}\n?$/), /^HTTP\/1\.1 200 /);
  t.equal(built.checker.asked.length, 1);
});

t.test('who may not is told nothing else, and the connection ends', async (t) => {
  const built = await build(t, { config: { apiTokens: [`ci:${TOKEN}`] } });
  const port = await listen(built);
  const text = await answerTo(
    t,
    port,
    `${POST}Authorization: Bearer wrong-token-of-nobody\r\nExpect: 100-continue\r\n\r\n`,
  );
  t.match(text, /^HTTP\/1\.1 401 /);
  t.notMatch(text, / 100 /);
  const unmet = await answerTo(t, port, `${POST}Expect: a-miracle\r\nConnection: close\r\n\r\n`);
  t.match(unmet, /^HTTP\/1\.1 401 /, 'the token comes first');
  t.same(built.checker.asked, []);
});
