import t from 'tap';
import { familiesLeft } from '../../src/check/families.ts';

// What is asked for, the family of the source address, and what is left.
const TABLE = [
  ['any', null, [4, 6]],
  ['any', 4, [4]],
  ['any', 6, [6]],
  ['ipv4', null, [4]],
  ['ipv4', 4, [4]],
  ['ipv4', 6, []],
  ['ipv6', null, [6]],
  ['ipv6', 4, []],
  ['ipv6', 6, [6]],
] as const;

t.test('a family and a source address leave the families that both allow', (t) => {
  for (const [asked, source, left] of TABLE) t.same(familiesLeft(asked, source), left, `${asked} ${String(source)}`);
  t.end();
});
