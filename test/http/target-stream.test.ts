// Streams of targets over real sockets: each line is answered in its place, in any number.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import t, { type Test } from 'tap';
import { build, listen } from '../support/build.ts';
import { begin, type Line, linesOf } from '../support/stream-client.ts';

const NDJSON = 'application/x-ndjson';

async function answer(t: Test, body: string | Buffer, type = 'text/plain', query = ''): Promise<Line[]> {
  const sent = begin(t, await listen(await build(t)), type, query);
  sent.end(body);
  return (await linesOf(sent)).sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity));
}

t.test('plain text: a target a line; blank lines and comments do not count', async (t) => {
  t.match(await answer(t, '# pairs\r\na:2\r\n\r\n  b:1  \n#c:3\n   \nd:4'), [
    { index: 0, target: 'a:2', ok: true },
    { index: 1, target: 'b:1', ok: false },
    { index: 2, target: 'd:4', ok: true },
    { summary: { total: 3, ok: 2, outcomes: { open: 2, refused: 1 }, invalid: 0 } },
  ]);
});

t.test('NDJSON: a string or an object a line, with the options of the query', async (t) => {
  const built = await build(t);
  const sent = begin(t, await listen(built), NDJSON, '?timeoutMs=70&expect=closed');
  sent.end('"a:2"\n\n{"host": "b", "port": 3, "name": "x", "timeoutMs": 90}\n');
  t.match(await linesOf(sent), [{ index: 0 }, { index: 1, name: 'x' }, { summary: { total: 2, invalid: 0 } }]);
  t.match(built.checker.asked[0], [
    { options: { timeoutMs: 70, expect: 'closed' } },
    { options: { timeoutMs: 90, expect: 'closed' } },
  ]);
});

t.test('a wrong line is answered in its place, and the others go on', async (t) => {
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
  const lines = ['"a:2"', 'a:2', '{"host":"a","port":0}', '{"host":"a","host":"b","port":2}', deep, '17', '"x y:1"'];
  const body = Buffer.concat([
    Buffer.from(`${lines.join('\n')}\n"`),
    Buffer.from([0xff]),
    Buffer.from(`:1"\n"${'x'.repeat(9000)}"\n"z:2"`),
  ]);
  const answers = await answer(t, body, NDJSON);
  const wrong = (path: string, message: RegExp) => ({ problem: { status: 400, errors: [{ path, message }] } });
  t.match(answers, [
    { index: 0, target: 'a:2' },
    { index: 1, ...wrong('target', /^takes valid JSON: unexpected "a"/) },
    { index: 2, ...wrong('target.port', /^takes an integer/) },
    { index: 3, ...wrong('target.host', /^is there twice/) },
    { index: 4, ...wrong('target', /^takes at most 32/) },
    { index: 5, ...wrong('target', /^takes "host:port" or an object/) },
    { index: 6, ...wrong('target', /spaces/) },
    { index: 7, ...wrong('target', /^takes UTF-8/) },
    { index: 8, ...wrong('target', /^takes a line of at most 8192 bytes/) },
    { index: 9, target: 'z:2' },
    { summary: { total: 2, invalid: 8 } },
  ]);
});

t.test('an empty stream has an empty summary', async (t) => {
  t.same(await answer(t, ''), [
    { summary: { total: 0, ok: 0, notOk: 0, outcomes: {}, invalid: 0 }, vantage: { name: 'fake' } },
  ]);
});

t.test('what is wrong with the request itself is a problem with a status', async (t) => {
  const { app } = await build(t);
  const post = (url: string, headers: object = {}) =>
    app.inject({ method: 'POST', url, headers: { 'content-type': 'text/plain', ...headers }, payload: 'a:1' });
  t.match((await post('/check?timeoutMs=x')).json(), { status: 400, errors: [{ path: 'timeoutMs' }] });
  t.match((await post('/check?family=ipv4&sourceAddress=::1')).json(), { errors: [{ path: 'sourceAddress' }] });
  t.equal((await post('/check', { accept: 'application/json' })).statusCode, 406);
  t.equal((await post('/check', { 'content-encoding': 'gzip' })).statusCode, 415);
  t.equal((await post('/check', { 'content-type': 'text/csv' })).statusCode, 415);
});

t.test('100,000 lines are answered once each, the first before the last is sent', async (t) => {
  const sent = begin(t, await listen(await build(t)));
  sent.write('10.0.0.0:80\n');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  for (let i = 1; i < 100_000; i++) sent.write(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80\n`);
  sent.end();
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  const lines = text.trimEnd().split('\n');
  t.match(JSON.parse(lines.pop() ?? ''), { summary: { total: 100_000 } });
  const indices = new Set(lines.map((line) => (JSON.parse(line) as { index: number }).index));
  t.equal(indices.size, 100_000);
});
