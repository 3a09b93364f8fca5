// A reply in pieces is the reply: whatever its results have, their text is that of JSON.stringify, and no piece is large.
import fc from 'fast-check';
import t from 'tap';
import { areMany, areSome, isLong, jsonLine, replyPieces } from '../../src/http/json-line.ts';

const result = (attempts: number, target: string) => ({
  target,
  name: undefined,
  attempts: Array.from({ length: attempts }, (_, round) => ({ round })),
});

const results = fc.array(
  fc
    .tuple(fc.oneof(fc.constantFrom(0, 1, 127, 128, 129, 257), fc.nat(200)), fc.string())
    .map(([attempts, target]) => result(attempts, target)),
  { maxLength: 40 },
);

t.test('the pieces together are the text', (t) => {
  fc.assert(
    fc.property(results, (results) => {
      const reply = { ok: true, summary: { total: results.length }, results };
      t.equal([...replyPieces(reply)].join(''), jsonLine({ ok: true, summary: { total: results.length }, results }));
    }),
  );
  t.end();
});

t.test('no piece has more than 128 attempts, or results', (t) => {
  fc.assert(
    fc.property(results, (results) => {
      for (const piece of replyPieces({ results })) {
        t.ok(piece.split('"round"').length - 1 <= 128);
        t.ok(piece.split('"target"').length - 1 <= 128);
      }
    }),
  );
  t.end();
});

t.test('a thousand results of one attempt are a few pieces', (t) => {
  const pieces = [...replyPieces({ results: Array.from({ length: 1000 }, () => result(1, 'a:1')) })];
  t.ok(pieces.length < 20, `${pieces.length} pieces`);
  t.end();
});

t.test('what is long, many and some', (t) => {
  t.same(
    [128, 129].map((attempts) => isLong(result(attempts, 'a:1'))),
    [false, true],
  );
  t.ok(areMany([result(129, 'a:1')]));
  t.notOk(areMany([result(128, 'a:1')]));
  t.ok(areSome([result(17, 'a:1')]));
  t.notOk(areSome([result(16, 'a:1')]));
  t.end();
});
