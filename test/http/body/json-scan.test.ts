// What JSON.parse does not judge is refused: a body that nests too deep, and a key that an object has twice, by its path.
import fc from 'fast-check';
import t from 'tap';
import { JsonScan, scanJson } from '../../../src/http/body/json-scan.ts';
import type { ProblemReply } from '../../../src/http/document/reply-schemas.ts';
import { build } from '../../support/build.ts';

/** Deeper than the texts of these tests, but for those that are about depth. */
const DEEP = 1_000_000;

function findDuplicateKey(json: string): readonly (string | number)[] | null {
  const fault = scanJson(json, DEEP);
  return fault?.kind === 'duplicate-key' ? fault.path : null;
}

function isDeeper(json: string, maxDepth: number): boolean {
  return scanJson(json, maxDepth)?.kind === 'too-deep';
}

t.test('a text is as deep as its innermost object or array', (t) => {
  const rows: readonly (readonly [json: string, depth: number])[] = [
    ['1', 0],
    ['"[[[{{{"', 0],
    ['"\\"[[[{{{"', 0],
    ['{"a":"\\\\"}', 1],
    ['[[],[],[],{}]', 2],
    ['{"a":[{"b":[1,"]]]]"]}]}', 4],
    ['{"a":1,"a":[{}]}', 3],
  ];
  for (const [json, depth] of rows) {
    t.equal(isDeeper(json, depth), false, json);
    t.equal(isDeeper(`[${json}]`, depth), true, json);
  }
  t.end();
});

t.test('any text has an answer', (t) => {
  const texts = ['', ']]]]', '"', '["\\"', '"\\', ',"a"', '{"\\x":1}', '{"\\', '{,"a":1}', '{]}'];
  for (const text of texts) t.equal(scanJson(text, 1), null, text);
  t.equal(isDeeper('['.repeat(10_000_000), 32), true);
  t.equal(isDeeper(`{"a":1,"a":${'['.repeat(10_000_000)}`, 32), true, 'after a key that is there twice');
  t.end();
});

t.test('a text that the scan gives up at is one that JSON.parse reads no further', (t) => {
  const deep = '['.repeat(100_000);
  for (const text of [`]${deep}`, `1,${deep}`, `{"\\x":${deep}`, `[]]${deep}`]) {
    t.equal(scanJson(text, 32), null);
    // A stack of that depth would be another error, or none.
    t.throws(() => JSON.parse(text) as unknown, SyntaxError);
  }
  t.end();
});

t.test('the path of the first key that is there twice', async (t) => {
  const rows: readonly (readonly [json: string, path: readonly (string | number)[] | null])[] = [
    ['{}', null],
    ['[]', null],
    ['"a"', null],
    ['7', null],
    ['{"a":1,"b":2}', null],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"a":1}', ['a']],
    ['{"b":1,"a":1,"a":2,"b":2}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"":1,"":2}', ['']],
    ['{"a":{"a":{"a":1}}}', null],
    ['{"a":{"b":1},"b":2}', null],
    ['{"a":{"b":1},"c":[{"b":2},{"b":3}]}', null],
    ['{"a":"a","b":"a"}', null],
    ['{"a":["a","a",{"x":"a"}]}', null],
    ['{"a":[0,[1,{"b":1,"b":2}]]}', ['a', 1, 1, 'b']],
    ['[[],[[]],{"k":1,"k":2}]', [2, 'k']],
    ['[[0,1,2],[{"k":1,"k":2}]]', [1, 0, 'k']],
    ['{"a":"\\"","b":"\\\\","c":"\\\\\\"","b":1}', ['b']],
    ['{"a\\"":1,"a\\\\":2,"a":3}', null],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', null],
    [' { "a" : 1 , "a" : 2 } ', ['a']],
    ['{"a":[],"a":[]}', ['a']],
    ['{"a":{},"a":{}}', ['a']],
    ['{"A":1,"a":2}', null],
  ];
  for (const [json, path] of rows) {
    JSON.parse(json);
    t.same(findDuplicateKey(json), path, json);
  }
  return Promise.resolve();
});

t.test('a key that poisons a prototype', async (t) => {
  const isPoison = (json: string): boolean => scanJson(json, 32)?.kind === 'poison';
  t.ok(isPoison('{"a":[{"__proto__":1}]}'));
  t.ok(isPoison('{"\\u005f_proto__":1}'));
  t.ok(isPoison('{"constructor":{"prototype":1}}'));
  for (const json of ['{"constructor":[{"prototype":1}]}', '{"prototype":1,"constructor":{}}', '["__proto__"]']) {
    t.notOk(isPoison(json), json);
  }
  return Promise.resolve();
});

const LIMITS = { maxDepth: 32, maxValues: 8, maxItemLength: 40, maxRestLength: 60, list: 'targets', maxItems: 3 };

t.test('the items of the list, however the text is written, and in steps of any length', async (t) => {
  const rows: readonly (readonly [json: string, items: readonly string[] | null])[] = [
    ['{"a":1}', null],
    ['{"targets":7,"a":[1,2]}', null],
    ['[{"targets":[1]}]', null],
    ['{"a":{"targets":[1]}}', null],
    ['{"targets":[]}', ['']],
    ['{"a":[1,2],"targets":[1, [2,"]"],{"b":[3,4]} ],"b":[5]}', ['1', ' [2,"]"]', '{"b":[3,4]} ']],
    ['{"\\u0074argets":["a,\\"b"]}', ['"a,\\"b"']],
  ];
  for (const [json, items] of rows) {
    const scan = new JsonScan(json, LIMITS);
    while (scan.run(0));
    t.same([scan.fault, scan.isBroken], [null, false], json);
    const { list } = scan;
    const ends = list === null ? [] : [...list.starts.slice(1).map((start) => start - 1), list.end];
    t.same(list === null ? null : list.starts.map((start, i) => json.slice(start, ends[i])), items);
  }
  return Promise.resolve();
});

t.test('more than a request can need is refused, where it is', async (t) => {
  const rows: readonly (readonly [json: string, fault: object])[] = [
    ['{"targets":[1,2,3,4]}', { kind: 'too-many-items' }],
    ['{"targets":[1,[1,2,3,4,5,6,7,8,9]]}', { kind: 'too-many-values', path: ['targets', 1] }],
    ['{"targets":[[{},{},{},{},{}]]}', { kind: 'too-many-values', path: ['targets', 0] }],
    ['{"targets":[1],"a":[1,2,3,4,5,6,7]}', { kind: 'too-many-values', path: [] }],
    ['[{},{},{},{},{},{},{}]', { kind: 'too-many-values', path: [] }],
    [`{"targets":[1,"${'x'.repeat(40)}"]}`, { kind: 'too-long', path: ['targets', 1] }],
    [`{"targets":[1],"a":"${'x'.repeat(60)}"}`, { kind: 'too-long', path: [] }],
    [`{"targets":[1],"${'x'.repeat(61)}"`, { kind: 'too-long', path: [] }],
    [`{"targets":[1,{"${'x'.repeat(41)}"`, { kind: 'too-long', path: ['targets', 1] }],
    ['{"targets":[1],"targets":[1,2,3,4,5,6,7,8]}', { kind: 'too-many-values', path: [] }],
  ];
  for (const [json, fault] of rows) {
    const scan = new JsonScan(json, LIMITS);
    scan.run(Infinity);
    t.same(scan.refusal, fault, json);
  }
  return Promise.resolve();
});

t.test('what JSON.stringify writes has no key twice, and one that is put in is found', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.string({ unit: 'binary' }), fc.nat(3), (value, key, space) => {
      const inner = JSON.stringify(value, null, space);
      if (scanJson(inner, DEEP)?.kind === 'poison') return true;
      if (findDuplicateKey(inner) !== null) return false;
      const twice = `{${JSON.stringify(key)}:${inner},"and":[${inner}],${JSON.stringify(key)}:${inner}}`;
      if (['and', '__proto__'].includes(key)) return true;
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

t.test('of a body that is not JSON the syntax is told, not the key that it has twice', async (t) => {
  const { app, checker } = await build(t);
  const headers = { 'content-type': 'application/json' };
  const payload = '{"targets":["a:1"],"targets":["b:2"],}';
  const reply = await app.inject({ method: 'POST', url: '/check', payload, headers });
  t.match(reply.json<ProblemReply>().errors, [
    { path: 'body', message: 'takes valid JSON: unexpected "}" at line 1, column 38' },
  ]);
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
    ['empty arrays', `[${'[],'.repeat(300_000)}[]]`, 40],
    ['empty objects', `[${'{},'.repeat(300_000)}{}]`, 40],
  ];
  for (const [name, json, atMost] of rows) {
    const parseMs = best(() => JSON.parse(json) as unknown);
    const scanMs = best(() => scanJson(json, DEEP));
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
