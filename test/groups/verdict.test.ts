// The verdict of a group as a table, and as properties of every sequence of rounds.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import {
  afterRound,
  announced,
  recounted,
  type State,
  type Telling,
  TELLINGS,
  type Thresholds,
  UNKNOWN,
  type Verdict,
} from '../../src/groups/verdict.ts';

const WORDS: Readonly<Record<string, Telling>> = { g: 'good', b: 'bad', v: 'void' };
const LETTERS: Readonly<Record<State, string>> = { unknown: '?', up: 'U', down: 'D' };

/** The state after each round: `ggb` → `?UU`. A `!` among the rounds is an announcement. */
function statesOf(rounds: string, thresholds: Thresholds): string {
  let verdict = UNKNOWN;
  const states = Array.from(rounds, (letter) => {
    verdict = letter === '!' ? announced(verdict) : afterRound(verdict, WORDS[letter] ?? 'void', thresholds);
    return LETTERS[verdict.state];
  });
  return states.join('');
}

const rows: readonly (readonly [what: string, rise: number, fall: number, rounds: string, states: string])[] = [
  ['up after exactly `rise` good rounds', 2, 3, 'gg', '?U'],
  ['down after exactly `fall` bad rounds', 2, 3, 'ggbbb', '?UUUD'],
  ['down from the start after `fall` bad rounds', 2, 3, 'bbb', '??D'],
  ['up again after exactly `rise` good rounds', 2, 3, 'bbbgg', '??DDU'],
  ['with 1 and 1 each round decides', 1, 1, 'gbgb', 'UDUD'],
  ['a good round between makes the fall begin anew', 2, 3, 'ggbbgbbb', '?UUUUUUD'],
  ['a bad round between makes the rise begin anew', 3, 2, 'bbggbggg', '?DDDDDDU'],
  ['every other round never turns it up', 2, 2, 'gbgbgbgb', '????????'],
  ['every other round never turns it down', 2, 2, 'ggbgbgbgb', '?UUUUUUUU'],
  ['a void round counts for nothing', 2, 3, 'gvgvbvbvvb', '??UUUUUUUD'],
  ['void rounds alone leave it unknown', 1, 1, 'vvvv', '????'],
];
for (const [what, rise, fall, rounds, states] of rows) {
  t.test(what, (t) => {
    t.equal(statesOf(rounds, { rise, fall, isSpread: false }), states);
    t.end();
  });
}

const spreadRows: readonly (readonly [what: string, rounds: string, states: string])[] = [
  ['up waits for its announcement', 'gg!', '??U'],
  ['it waits however many good rounds there are', 'ggggg!', '?????U'],
  ['a bad round short of a fall does not end the wait', 'ggb!', '???U'],
  ['a fall ends the wait: it is down, and stays it', 'ggbbb!', '????DD'],
  ['down is never waited for', 'gg!bbb', '??UUUD'],
  ['an announcement that nobody waits for is none', '!bbb!', '???DD'],
  ['after a fall it waits anew', 'gg!bbbgg!', '??UUUDDDU'],
];
for (const [what, rounds, states] of spreadRows) {
  t.test(`spread: ${what}`, (t) => {
    t.equal(statesOf(rounds, { rise: 2, fall: 3, isSpread: true }), states);
    t.end();
  });
}

t.test('another question: the verdict stands, and rounds are counted anew', (t) => {
  const thresholds = { rise: 2, fall: 2, isSpread: false };
  const up = afterRound(afterRound(UNKNOWN, 'good', thresholds), 'good', thresholds);
  const almost = recounted(afterRound(up, 'bad', thresholds));
  t.equal(almost.state, 'up');
  t.equal(afterRound(almost, 'bad', thresholds).state, 'up');
  t.equal(afterRound(afterRound(almost, 'bad', thresholds), 'bad', thresholds).state, 'down');
  t.end();
});

const telling = fc.constantFrom(...TELLINGS);
const thresholds = fc.record({
  rise: fc.integer({ min: 1, max: 5 }),
  fall: fc.integer({ min: 1, max: 5 }),
  isSpread: fc.constant(false),
});

/** What it has to be, by looking back over all rounds: the last run of equal ones that is long enough decides. */
function byHindsight(rounds: readonly Telling[], { rise, fall }: Thresholds): State {
  const told = rounds.filter((round) => round !== 'void');
  for (let end = told.length; end > 0; end--) {
    const last = told[end - 1];
    let length = 0;
    while (length < end && told[end - 1 - length] === last) length++;
    if (last === 'good' && length >= rise) return 'up';
    if (last === 'bad' && length >= fall) return 'down';
  }
  return 'unknown';
}

function verdictOf(rounds: readonly Telling[], thresholds: Thresholds): Verdict {
  return rounds.reduce((verdict, round) => afterRound(verdict, round, thresholds), UNKNOWN);
}

t.test('for every sequence of rounds it is what the last run that is long enough says', (t) => {
  fc.assert(
    fc.property(fc.array(telling, { maxLength: 40 }), thresholds, (rounds, thresholds) => {
      return verdictOf(rounds, thresholds).state === byHindsight(rounds, thresholds);
    }),
    { numRuns: 2000 },
  );
  t.end();
});

t.test('void rounds change nothing, wherever they stand', (t) => {
  fc.assert(
    fc.property(fc.array(telling, { maxLength: 40 }), thresholds, (rounds, thresholds) => {
      const told = rounds.filter((round) => round !== 'void');
      return isDeepStrictEqual(verdictOf(rounds, thresholds), verdictOf(told, thresholds));
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('it turns at most once every `rise` or `fall` rounds, and never back to unknown', (t) => {
  fc.assert(
    fc.property(fc.array(telling, { maxLength: 60 }), thresholds, (rounds, thresholds) => {
      let verdict = UNKNOWN;
      let sinceTurn = 0;
      for (const round of rounds) {
        const next = afterRound(verdict, round, thresholds);
        if (round !== 'void') sinceTurn++;
        if (next.state !== verdict.state) {
          if (next.state === 'unknown') return false;
          if (sinceTurn < (next.state === 'up' ? thresholds.rise : thresholds.fall)) return false;
          sinceTurn = 0;
        }
        verdict = next;
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('spread, it is down whenever it would be without, and up no sooner', (t) => {
  const event = fc.oneof({ weight: 3, arbitrary: telling }, { weight: 1, arbitrary: fc.constant('announcement') });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), thresholds, (events, thresholds) => {
      let plain = UNKNOWN;
      let spread = UNKNOWN;
      for (const each of events) {
        if (each === 'announcement') spread = announced(spread);
        else {
          plain = afterRound(plain, each, thresholds);
          spread = afterRound(spread, each, { ...thresholds, isSpread: true });
        }
        if (spread.state === 'up' && plain.state !== 'up') return false;
        if (plain.state === 'down' && spread.state !== 'down') return false;
        if (announced(spread).state !== plain.state) return false;
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.end();
});
