import t from 'tap';
import { isDeeper } from '../../../src/http/body/json-depth.ts';

t.test('a text is as deep as its innermost object or array', (t) => {
  const rows: readonly (readonly [json: string, depth: number])[] = [
    ['1', 0],
    ['"[[[{{{"', 0],
    ['"\\"[[[{{{"', 0],
    ['{"a":"\\\\"}', 1],
    ['[[],[],[],{}]', 2],
    ['{"a":[{"b":[1,"]]]]"]}]}', 4],
  ];
  for (const [json, depth] of rows) {
    t.equal(isDeeper(json, depth), false, json);
    t.equal(isDeeper(`[${json}]`, depth), true, json);
  }
  t.end();
});

t.test('any text has an answer', (t) => {
  for (const text of ['', ']]]]', '"', '["\\"', '"\\']) t.equal(isDeeper(text, 1), false, text);
  t.equal(isDeeper('['.repeat(10_000_000), 32), true);
  t.end();
});
