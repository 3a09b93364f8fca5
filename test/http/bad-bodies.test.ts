// A body that is not JSON, is too long, or is encoded: a 4xx problem that quotes next to nothing of it.
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { ProblemReply } from '../../src/http/document/reply-schemas.ts';
import { build } from '../support/build.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

t.test('what is not JSON', async (t) => {
  const { app, checker } = await build(t);
  const rows: readonly (readonly [name: string, payload: string, headers: object, status: number, message: RegExp])[] =
    [
      ['truncated', '{"targets":["a:1"', JSON_TYPE, 400, /^body: .* it ends too early at line 1, column 18$/],
      ['trailing text', '{"targets":["a:1"]} x', JSON_TYPE, 400, /^body: .* unexpected "x" at line 1, column 21$/],
      ['a stray comma', '{"targets":\n ["a:1",]}', JSON_TYPE, 400, /^body: .* unexpected "]" at line 2, column 9$/],
      ['too deep', `{"targets":${'['.repeat(5_000_000)}`, JSON_TYPE, 400, /^body: takes at most 32 objects and arrays/],
      ['long', `{"targets":["a:1"${' '.repeat(300_000)}`, JSON_TYPE, 400, /^body: takes valid JSON, in which no key/],
      ['after a mark', '\ufeff{targets', JSON_TYPE, 400, /^body: .* unexpected "t" at line 1, column 2$/],
      [
        'prototype poisoning',
        '{"targets":["a:1"],"__proto__":{"count":5}}',
        JSON_TYPE,
        400,
        /takes no key "__proto__"/,
      ],
      ['constructor', '{"constructor":{"prototype":{"count":5}}}', JSON_TYPE, 400, /no "constructor" that/],
      [
        'escaped poisoning',
        '{"targets":["a:1"],"\\u005f_proto__":{"count":5}}',
        JSON_TYPE,
        400,
        /takes no key "__proto__"/,
      ],
      ['empty', '', JSON_TYPE, 400, /is required/],
      ['empty without a type', '', {}, 400, /is required/],
      ['a table', 'a:1', { 'content-type': 'text/csv' }, 415, /application\/json/],
      ['a form', 'targets=a:1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, /application\/json/],
      ['a body without a type', '{"targets":["a:1"]}', {}, 415, /application\/json/],
      ['a type that is none', '{"targets":["a:1"]}', { 'content-type': ';;' }, 415, /application\/json/],
    ];
  for (const [name, payload, headers, status, message] of rows) {
    await t.test(name, async (t) => {
      const reply = await app.inject({ method: 'POST', url: '/check', payload, headers: { ...headers } });
      t.equal(reply.statusCode, status);
      t.match(reply.headers['content-type'], /^application\/problem\+json/);
      t.match(reply.json<ProblemReply>().detail, message);
    });
  }
  t.same(checker.asked, []);
});

t.test('a body beyond the limit', async (t) => {
  const { app } = await build(t, { config: { maxTargets: 1 } });
  const payload = JSON.stringify({ targets: ['a:1'], filler: 'x'.repeat(70_000) });
  const reply = await app.inject({ method: 'POST', url: '/check', payload, headers: JSON_TYPE });
  t.match(reply.json(), { type: 'urn:reachd:problem:payload-too-large', status: 413 });
  t.equal(reply.statusCode, 413);
});

t.test('a body that is not valid JSON is quoted by one character at the most', async (t) => {
  const { app } = await build(t);
  for (const payload of [
    '{"secret": secret-of-the-caller}',
    '{"secret": "secret-of-the-caller',
    '\u0000secret',
    '{}🙂',
  ]) {
    const reply = await app.inject({ method: 'POST', url: '/check', payload, headers: JSON_TYPE });
    t.equal(reply.statusCode, 400);
    t.match(reply.json<ProblemReply>().errors, [
      { path: 'body', message: /^takes valid JSON: .* at line 1, column \d+$/ },
    ]);
    t.notMatch(reply.body, /secret|__proto__|JSON\.parse|position/);
  }
});

t.test('a body with a Content-Encoding is of a type that is not supported, whatever is in it', async (t) => {
  const { app, checker } = await build(t);
  const plain = Buffer.from('{"targets":["a:1"]}');
  const encodings = { gzip: gzipSync(plain), 'x-gzip': plain, 'identity, br': plain, 'DEFLATE ': plain };
  for (const [encoding, payload] of Object.entries(encodings)) {
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    const reply = await app.inject({ method: 'POST', url: '/check', payload, headers });
    t.match(reply.json(), {
      type: 'urn:reachd:problem:unsupported-media-type',
      status: 415,
      detail: /Content-Encoding/,
    });
    t.equal(reply.statusCode, 415);
    t.equal(reply.headers['accept-encoding'], 'identity');
  }
  t.same(checker.asked, []);
  for (const encoding of ['identity', 'Identity, identity', '']) {
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    t.equal((await app.inject({ method: 'POST', url: '/check', payload: plain, headers })).statusCode, 200, encoding);
  }
  const get = await app.inject({ url: '/check?target=a:2', headers: { 'content-encoding': 'gzip' } });
  t.equal(get.statusCode, 200, 'a request without a body has nothing that is encoded');
});
