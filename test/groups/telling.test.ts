// What a round says of its group, as tables.
import t from 'tap';
import { OUTCOMES } from '../../src/check/outcome.ts';
import { DOWN_OUTCOMES, type DownOutcome, type Mode, tellingOf, tellingOfRound } from '../../src/groups/telling.ts';
import type { Telling } from '../../src/groups/verdict.ts';
import { resultOf } from '../support/build.ts';
import { checkOf } from '../support/fake-reactor.ts';

const OPEN = resultOf(checkOf('a.test:2'));

t.test('each outcome, ok or not, is good, bad or void', (t) => {
  const whenNotOk: Readonly<Record<string, Telling>> = { failed: 'void', denied: 'void', cancelled: 'void' };
  for (const outcome of OUTCOMES) {
    const expected = whenNotOk[outcome];
    t.equal(tellingOf({ ...OPEN, ok: false, outcome }, DOWN_OUTCOMES), expected ?? 'bad', outcome);
    if (expected === undefined) {
      t.equal(tellingOf({ ...OPEN, ok: true, outcome }, DOWN_OUTCOMES), 'good', `${outcome} that is expected`);
    }
  }
  t.end();
});

t.test('an outcome that is not in downOn does not count against it', (t) => {
  for (const left of DOWN_OUTCOMES) {
    const downOn: readonly DownOutcome[] = DOWN_OUTCOMES.filter((outcome) => outcome !== left);
    for (const outcome of DOWN_OUTCOMES) {
      t.equal(tellingOf({ ...OPEN, ok: false, outcome }, downOn), outcome === left ? 'good' : 'bad');
    }
    t.equal(tellingOf({ ...OPEN, ok: false }, downOn), 'bad', 'open, and not as expected');
  }
  t.end();
});

const rows: readonly (readonly [mode: Mode, tellings: string, of: Telling])[] = [
  ['all', 'ggg', 'good'],
  ['all', 'ggb', 'bad'],
  ['all', 'ggv', 'void'],
  ['all', 'gbv', 'bad'],
  ['any', 'bbg', 'good'],
  ['any', 'bbb', 'bad'],
  ['any', 'bbv', 'void'],
  ['any', 'vvg', 'good'],
  ['any', 'v', 'void'],
  [2, 'ggb', 'good'],
  [2, 'gbb', 'bad'],
  [2, 'gbv', 'void'],
  [2, 'ggv', 'good'],
  [2, 'bbv', 'bad'],
  [1, 'gbb', 'good'],
];
const WORDS: Readonly<Record<string, Telling>> = { g: 'good', b: 'bad', v: 'void' };
for (const [mode, tellings, of] of rows) {
  t.test(`mode ${mode}: ${tellings} is ${of}`, (t) => {
    const targets = Array.from(tellings, (letter) => WORDS[letter] ?? 'void');
    t.equal(tellingOfRound(targets, mode), of);
    t.equal(tellingOfRound(targets.reverse(), mode), of, 'whatever their order');
    t.end();
  });
}
