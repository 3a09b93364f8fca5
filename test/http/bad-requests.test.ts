// A caller's mistake is a 4xx problem that names the path and says what it takes; nothing is coerced, nothing is a 5xx,
// and nothing reaches the checker.
import t, { type Test } from 'tap';
import type { ProblemReply } from '../../src/http/document/reply-schemas.ts';
import { build } from '../support/build.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

type Row = readonly [body: unknown, path: string, message: RegExp];

const OBJECT_FORM = { host: '127.0.0.1', port: 80 };

const BODIES: readonly Row[] = [
  [{}, 'targets', /is required/],
  [[], 'body', /takes a JSON object/],
  [null, 'body', /takes a JSON object/],
  ['a:1', 'body', /takes a JSON object/],
  [7, 'body', /takes a JSON object/],
  [{ targets: [] }, 'targets', /1 to 10000/],
  [{ targets: 'a:1' }, 'targets', /takes an array/],
  [{ targets: null }, 'targets', /takes an array/],
  [{ targets: { 0: 'a:1' } }, 'targets', /takes an array/],
  [{ targets: [''] }, 'targets[0]', /host:port/],
  [{ targets: ['a:1', 5] }, 'targets[1]', /host:port.*object/],
  [{ targets: ['a:1', null] }, 'targets[1]', /host:port.*object/],
  [{ targets: [['a:1']] }, 'targets[0]', /host:port.*object/],
  [{ targets: ['a:1', true] }, 'targets[1]', /host:port.*object/],
  [{ targets: ['localhost'] }, 'targets[0]', /port/],
  [{ targets: ['localhost:'] }, 'targets[0]', /port/],
  [{ targets: ['localhost:0'] }, 'targets[0]', /port/],
  [{ targets: ['localhost:65536'] }, 'targets[0]', /port/],
  [{ targets: ['localhost:080'] }, 'targets[0]', /port/],
  [{ targets: ['localhost:-1'] }, 'targets[0]', /port/],
  [{ targets: [':80'] }, 'targets[0]', /host/],
  [{ targets: ['::1:80'] }, 'targets[0]', /bracket/],
  [{ targets: ['[::1'] }, 'targets[0]', /./],
  [{ targets: ['127.1:80'] }, 'targets[0]', /host/],
  [{ targets: ['0x7f.1:80'] }, 'targets[0]', /host/],
  [{ targets: ['2130706433:80'] }, 'targets[0]', /host/],
  [{ targets: ['a b:80'] }, 'targets[0]', /spaces/],
  [{ targets: ['a\u0000b:80'] }, 'targets[0]', /./],
  [{ targets: ['http://a:80/'] }, 'targets[0]', /./],
  [{ targets: [`${'a'.repeat(400)}:80`] }, 'targets[0]', /at most 300/],
  [{ targets: [{ host: 'a' }] }, 'targets[0].port', /is required: an integer from 1 to 65535/],
  [{ targets: [{ port: 80 }] }, 'targets[0].host', /is required/],
  [{ targets: [{ host: 'a', port: '80' }] }, 'targets[0].port', /takes an integer from 1 to 65535/],
  [{ targets: [{ host: 'a', port: 80.5 }] }, 'targets[0].port', /takes an integer/],
  [{ targets: [{ host: 'a', port: 0 }] }, 'targets[0].port', /takes an integer/],
  [{ targets: [{ host: 'a', port: 65_536 }] }, 'targets[0].port', /takes an integer/],
  [{ targets: [{ host: '', port: 80 }] }, 'targets[0].host', /takes a host name/],
  [{ targets: [{ host: '[::1]', port: 80 }] }, 'targets[0].host', /host/],
  [{ targets: [{ host: 'a b', port: 80 }] }, 'targets[0].host', /spaces/],
  [{ targets: [{ host: 7, port: 80 }] }, 'targets[0].host', /takes a host name/],
  [{ targets: [{ ...OBJECT_FORM, name: '' }] }, 'targets[0].name', /1 to 200/],
  [{ targets: [{ ...OBJECT_FORM, name: 'n'.repeat(201) }] }, 'targets[0].name', /1 to 200/],
  [{ targets: [{ ...OBJECT_FORM, prot: 80 }] }, 'targets[0].prot', /not a known field/],
  [{ targets: [{ ...OBJECT_FORM, timeoutMs: 5 }] }, 'targets[0].timeoutMs', /from 10 to 30000/],
  [{ targets: ['a:1'], timeout: 100 }, 'timeout', /not a known field/],
  [{ targets: ['a:1'], timeoutMs: '100' }, 'timeoutMs', /from 10 to 30000/],
  [{ targets: ['a:1'], timeoutMs: 9 }, 'timeoutMs', /from 10 to 30000/],
  [{ targets: ['a:1'], timeoutMs: 30_001 }, 'timeoutMs', /from 10 to 30000/],
  [{ targets: ['a:1'], timeoutMs: 100.5 }, 'timeoutMs', /from 10 to 30000/],
  [{ targets: ['a:1'], timeoutMs: null }, 'timeoutMs', /from 10 to 30000/],
  [{ targets: ['a:1'], handshake: 'quarter' }, 'handshake', /one of half, full/],
  [{ targets: ['a:1'], handshake: true }, 'handshake', /one of half, full/],
  [{ targets: ['a:1'], family: 4 }, 'family', /one of any, ipv4, ipv6/],
  [{ targets: ['a:1'], addresses: 'ALL' }, 'addresses', /one of any, all/],
  [{ targets: ['a:1'], expect: 'shut' }, 'expect', /^takes open, closed, or a list of /],
  [{ targets: ['a:1'], count: 0 }, 'count', /from 1 to 100/],
  [{ targets: ['a:1'], count: 101 }, 'count', /from 1 to 100/],
  [{ targets: ['a:1'], intervalMs: -1 }, 'intervalMs', /from 0 to 60000/],
  [{ targets: ['a:1'], intervalMs: 60_001 }, 'intervalMs', /from 0 to 60000/],
  [{ targets: ['a:1'], sourceAddress: 'localhost' }, 'sourceAddress', /IP address/],
  [{ targets: ['a:1'], sourceAddress: 'fe80::1%lo' }, 'sourceAddress', /IP address/],
  ...[
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '0::0',
    'ff02::1',
  ].map((sourceAddress): Row => [{ targets: ['a:1'], sourceAddress }, 'sourceAddress', /of an interface/]),
  [{ targets: ['a:1'], sourceAddress: '::ffff:10.0.0.1' }, 'sourceAddress', /IPv4 in IPv6/],
  [{ targets: [{ host: 'a', port: 1, sourceAddress: '::FFFF:7f00:1' }] }, 'targets[0].sourceAddress', /IPv4 in IPv6/],
  [{ targets: ['a:1'], sourceAddress: null }, 'sourceAddress', /IP address/],
  [{ targets: ['a:1'], sourceInterface: 'a/b' }, 'sourceInterface', /at most 15/],
  [{ targets: ['a:1'], sourceInterface: 'sixteen-letters!' }, 'sourceInterface', /at most 15/],
  [{ targets: ['a:1'], sourceInterface: '' }, 'sourceInterface', /at most 15/],
  [{ targets: ['a:1'], trace: true }, 'trace', /one of none, on-failure, always/],
];

const QUERIES: readonly (readonly [query: string, path: string, message: RegExp])[] = [
  ['', 'target', /is required/],
  ['target=', 'target[0]', /host:port/],
  ['target=localhost', 'target[0]', /port/],
  ['target=a:1&target=127.1:80', 'target[1]', /host/],
  ['target=a:1&timeoutMs=', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=1e3', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=0x64', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=%20100', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=-100', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=100.0', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=99999999999999999999', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&timeoutMs=100&timeoutMs=200', 'timeoutMs', /from 10 to 30000/],
  ['target=a:1&count=0', 'count', /from 1 to 100/],
  ['target=a:1&intervalMs=x', 'intervalMs', /from 0 to 60000/],
  ['target=a:1&trace=on', 'trace', /one of none, on-failure, always/],
  ['target=a:1&handshake=quarter', 'handshake', /one of half, full/],
  ['target=a:1&targets=b:2', 'targets', /not a known field/],
];

function isInvalid(t: Test, problem: ProblemReply, path: string, message: RegExp): void {
  t.match(problem, { type: 'urn:reachd:problem:invalid-request', status: 400, instance: '/check' });
  t.match(problem.errors, [{ path, message }]);
  t.ok(problem.detail.startsWith(`${path}: `), problem.detail);
}

t.test('bodies', async (t) => {
  const { app, checker } = await build(t);
  for (const [body, path, message] of BODIES) {
    const payload = JSON.stringify(body);
    await t.test(payload.slice(0, 80), async (t) => {
      const reply = await app.inject({ method: 'POST', url: '/check', payload, headers: JSON_TYPE });
      t.equal(reply.statusCode, 400);
      isInvalid(t, reply.json<ProblemReply>(), path, message);
    });
  }
  t.same(checker.asked, []);
});

t.test('queries', async (t) => {
  const { app, checker } = await build(t);
  for (const [query, path, message] of QUERIES) {
    await t.test(query, async (t) => {
      const reply = await app.inject(`/check?${query}`);
      t.equal(reply.statusCode, 400);
      isInvalid(t, reply.json<ProblemReply>(), path, message);
    });
  }
  t.same(checker.asked, []);
});

t.test('every wrong field is named, and the first twenty of very many', async (t) => {
  const { app } = await build(t);
  const few = { targets: ['127.1:80', { host: 'a b', port: 3 }] };
  const named = (await app.inject({ method: 'POST', url: '/check', payload: few })).json<ProblemReply>();
  t.same(
    named.errors?.map((error) => error.path),
    ['targets[0]', 'targets[1].host'],
  );
  t.match(named.detail, /\(and 1 more\)$/);
  const many = { targets: Array.from({ length: 10_000 }, () => 5) };
  const abridged = (await app.inject({ method: 'POST', url: '/check', payload: many })).json<ProblemReply>();
  t.equal(abridged.errors?.length, 20);
  t.match(abridged.detail, /\(and at least 20 more\)$/);
});
