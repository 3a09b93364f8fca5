// Where a text stops being JSON: agrees with JSON.parse on whether, and points at the character that cannot be there.
import fc from 'fast-check';
import t from 'tap';
import { describeSyntaxError } from '../../../src/http/body/json-syntax.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

t.test('what is wrong, and where', (t) => {
  const early = 'it ends too early';
  const rows: readonly (readonly [json: string, what: string, line: number, column: number])[] = [
    ['', early, 1, 1],
    ['  \n ', early, 2, 2],
    ['{', early, 1, 2],
    ['{"a"', early, 1, 5],
    ['{"a":', early, 1, 6],
    ['{"a":1', early, 1, 7],
    ['{"a":1,', early, 1, 8],
    ['"abc', early, 1, 5],
    ['"abc\\"', early, 1, 7],
    ['[[1],', early, 1, 6],
    ["{'a':1}", `unexpected "'"`, 1, 2],
    ['{a:1}', 'unexpected "a"', 1, 2],
    ['{"a" 1}', 'unexpected "1"', 1, 6],
    ['{"a":1,}', 'unexpected "}"', 1, 8],
    ['{,}', 'unexpected ","', 1, 2],
    ['{"a":}', 'unexpected "}"', 1, 6],
    ['["a" "b"]', 'unexpected "\\""', 1, 6],
    ['[1,]', 'unexpected "]"', 1, 4],
    ['[,1]', 'unexpected ","', 1, 2],
    ['[1}', 'unexpected "}"', 1, 3],
    ['{"a":1]', 'unexpected "]"', 1, 7],
    [']', 'unexpected "]"', 1, 1],
    ['{}}', 'unexpected "}"', 1, 3],
    ['[1]\n\n  x', 'unexpected "x"', 3, 3],
    ['{\n  "a": 1\n  "b": 2\n}', 'unexpected "\\""', 3, 3],
    ['{\r\n"a": tru}', 'unexpected "t"', 2, 6],
    ['01', 'unexpected "1"', 1, 2],
    ['1.', 'unexpected "."', 1, 2],
    ['+1', 'unexpected "+"', 1, 1],
    ['NaN', 'unexpected "N"', 1, 1],
    ['["a\nb"]', 'unexpected "\\n"', 1, 4],
    ['["\\x"]', 'unexpected "\\\\"', 1, 3],
    ['["\\u12g4"]', 'unexpected "\\\\"', 1, 3],
    ['\u00a0{}', 'unexpected "\u00a0"', 1, 1],
    ['{} 🙂', 'unexpected "🙂"', 1, 4],
    ['{} \ud83d', 'unexpected "\\ud83d"', 1, 4],
    ['// a\n{}', 'unexpected "/"', 1, 1],
  ];
  for (const [json, what, line, column] of rows) {
    t.notOk(isJson(json), json);
    t.equal(describeSyntaxError(json), `${what} at line ${line}, column ${column}`, JSON.stringify(json));
  }
  t.end();
});

t.test(
  'valid JSON has no error, and a character put in, changed or left out has one exactly when JSON.parse says so',
  (t) => {
    const spoilers = '{}[]:,"\\ \n\t01.-+eEtfnu/\u0000\u00a0x';
    const character = fc.nat(spoilers.length - 1).map((index) => spoilers.charAt(index));
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.nat(2),
        character,
        fc.nat(2),
        (json, where, left, put, space) => {
          const text = JSON.stringify(JSON.parse(json), null, space);
          if (describeSyntaxError(text) !== null) return false;
          const at = where % (text.length + 1);
          const changed = text.slice(0, at) + (left === 2 ? '' : put) + text.slice(at + Math.min(left, 1));
          return (describeSyntaxError(changed) === null) === isJson(changed);
        },
      ),
      { numRuns: 5000 },
    );
    t.end();
  },
);

t.test('what stands before the error can be gone on with, so that the error is not earlier', (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (json, where) => {
      // A text that is cut off inside a number, a word or an escape is at fault where that begins.
      const cut = json.slice(0, where % json.length);
      const error = describeSyntaxError(cut);
      if (error === null) return isJson(cut);
      const column = Number(/column (\d+)$/.exec(error)?.[1]);
      return error.startsWith('it ends too early')
        ? column === cut.length + 1
        : /^(?:[-+.eEtrufalsn0-9]+|\\u?[0-9a-fA-F]{0,4})$/.test(cut.slice(column - 1));
    }),
    { numRuns: 3000 },
  );
  t.end();
});

t.test('depth and length cost no stack and no more than a glance', (t) => {
  const rows = ['['.repeat(500_000), '{"a":'.repeat(200_000), `"${'a'.repeat(1_000_000)}`, `"${'\\n'.repeat(500_000)}`];
  for (const json of [...rows, `[${'1,'.repeat(400_000)}`]) {
    const before = process.cpuUsage();
    t.equal(describeSyntaxError(json), `it ends too early at line 1, column ${json.length + 1}`);
    const { user, system } = process.cpuUsage(before);
    t.ok(user + system < 1_000_000, `${user + system} µs of processor time`);
  }
  t.end();
});
