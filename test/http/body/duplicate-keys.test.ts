// A key that an object has twice is refused, by its path; everything else that JSON allows is not.
import fc from 'fast-check';
import t from 'tap';
import { findDuplicateKey } from '../../../src/http/body/duplicate-keys.ts';
import type { ProblemReply } from '../../../src/http/document/reply-schemas.ts';
import { build } from '../../support/build.ts';

t.test('the path of the first key that is there twice', async (t) => {
  const rows: readonly (readonly [json: string, path: readonly (string | number)[] | null])[] = [
    ['{}', null],
    ['[]', null],
    ['"a"', null],
    ['7', null],
    ['{"a":1,"b":2}', null],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"a":1}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"":1,"":2}', ['']],
    ['{"a":{"a":{"a":1}}}', null],
    ['{"a":{"b":1},"b":2}', null],
    ['{"a":{"b":1},"c":[{"b":2},{"b":3}]}', null],
    ['{"a":"a","b":"a"}', null],
    ['{"a":["a","a",{"x":"a"}]}', null],
    ['{"a":[0,[1,{"b":1,"b":2}]]}', ['a', 1, 1, 'b']],
    ['[[],[[]],{"k":1,"k":2}]', [2, 'k']],
    ['{"a":"\\"","b":"\\\\","c":"\\\\\\"","b":1}', ['b']],
    ['{"a\\"":1,"a\\\\":2,"a":3}', null],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', null],
    [' { "a" : 1 , "a" : 2 } ', ['a']],
    ['{"a":[],"a":[]}', ['a']],
    ['{"a":{},"a":{}}', ['a']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"A":1,"a":2}', null],
  ];
  for (const [json, path] of rows) {
    JSON.parse(json);
    t.same(findDuplicateKey(json), path, json);
  }
  return Promise.resolve();
});

t.test('what JSON.stringify writes has no key twice, and one that is put in is found', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.string({ unit: 'binary' }), fc.nat(3), (value, key, space) => {
      if (findDuplicateKey(JSON.stringify(value, null, space)) !== null) return false;
      const inner = JSON.stringify(value, null, space);
      const twice = `{${JSON.stringify(key)}:${inner},"and":[${inner}],${JSON.stringify(key)}:${inner}}`;
      if (key === 'and') return true;
      return JSON.stringify(findDuplicateKey(`[${inner},{"x":${twice}}]`)) === JSON.stringify([1, 'x', key]);
    }),
    { numRuns: 2000 },
  );
  t.pass('holds');
  return Promise.resolve();
});

t.test('a body with a key twice is a 400 that names the key’s path', async (t) => {
  const { app, checker } = await build(t);
  const rows = [
    ['{"targets":["a:1"],"targets":["b:2"]}', 'targets'],
    ['{"targets":[{"host":"a","port":1},{"host":"a","port":1,"host":"169.254.169.254"}]}', 'targets[1].host'],
    ['{"targets":["a:1"],"nonsense":{"x":1,"x":2}}', 'nonsense.x'],
  ] as const;
  for (const [payload, path] of rows) {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const reply = await app.inject({ method: 'POST', url: '/check', payload, headers });
    t.equal(reply.statusCode, 400);
    t.match(reply.json<ProblemReply>().errors, [{ path, message: 'is there twice in the same object' }]);
  }
  t.same(checker.asked, []);
});

t.test('it costs little beside parsing, whatever the text is made of', async (t) => {
  const rows: readonly (readonly [name: string, json: string, atMost: number])[] = [
    ['10,000 strings', JSON.stringify({ targets: Array.from({ length: 10_000 }, (_, i) => `10.0.0.1:${i + 1}`) }), 4],
    [
      '10,000 objects',
      JSON.stringify({ targets: Array.from({ length: 10_000 }, (_, i) => ({ host: '10.0.0.1', port: i + 1 })) }),
      8,
    ],
    ['100,000 keys', JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]))), 8],
    ['escapes alone', JSON.stringify({ a: '\\"'.repeat(500_000) }), 40],
    ['brackets alone', `${'['.repeat(500_000)}${']'.repeat(500_000)}`, 40],
    ['empty objects', `[${'{},'.repeat(300_000)}{}]`, 40],
  ];
  for (const [name, json, atMost] of rows) {
    const parseMs = best(() => JSON.parse(json) as unknown);
    const scanMs = best(() => findDuplicateKey(json));
    t.comment(`${name}, ${json.length} bytes: JSON.parse ${parseMs.toFixed(2)} ms, scan ${scanMs.toFixed(2)} ms`);
    t.ok(scanMs < atMost * parseMs + 1, `${name}: ${scanMs} ms beside ${parseMs} ms`);
  }
  return Promise.resolve();
});

/** The least of a few runs, in milliseconds: what a busy machine adds is not the code's. */
function best(run: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 9; i++) {
    const startedAt = performance.now();
    run();
    least = Math.min(least, performance.now() - startedAt);
  }
  return least;
}
