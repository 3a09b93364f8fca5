// Wrong tokens take the same time, whatever is wrong about them: medians of many interleaved measurements, beside two
// kinds of wrong token that differ in nothing and a comparison that does leak.
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { Tokens } from '../../src/callers/tokens.ts';

const RIGHT = randomBytes(24).toString('hex');
const ROUNDS = 3000;
const CALLS = 20;
const TRIES = 5;

/** A wrong token of each kind. All of them fill one block of SHA-256, whose time depends on the number of blocks alone. */
const KINDS: Readonly<Record<string, string>> = {
  'one that has nothing in common': flipped(0, RIGHT.length),
  'another that has nothing in common': flipped(0, RIGHT.length).replaceAll('0', 'y'),
  'first byte': flipped(0, 1),
  'last byte': flipped(RIGHT.length - 1, RIGHT.length),
  'all but the first byte': flipped(1, RIGHT.length),
  'one byte less': RIGHT.slice(0, -1),
  'one byte more': `${RIGHT}0`,
  short: RIGHT.slice(0, 2),
};
const TWINS = ['one that has nothing in common', 'another that has nothing in common'] as const;

/** The right token with the characters from `start` to `end` made wrong. */
function flipped(start: number, end: number): string {
  const wrong = RIGHT.slice(start, end).replaceAll(/./g, (digit) => (digit === '0' ? '1' : '0'));
  return RIGHT.slice(0, start) + wrong + RIGHT.slice(end);
}

/** Microseconds a call, by kind: the median of rounds in which each kind has its turn, beginning with another each time. */
function medians(compare: (token: string) => unknown): Readonly<Record<string, number>> {
  const names = Object.keys(KINDS);
  const samples = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] ?? '';
      const token = KINDS[name] ?? '';
      const startedAt = process.hrtime.bigint();
      for (let call = 0; call < CALLS; call++) compare(token);
      samples.get(name)?.push(Number(process.hrtime.bigint() - startedAt) / 1000 / CALLS);
    }
  }
  return Object.fromEntries(Array.from(samples, ([name, times]) => [name, median(times)]));
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** How far the medians are apart, as a part of the smallest; and how far those of the twins are, which is noise. */
function spread(times: Readonly<Record<string, number>>, of: readonly string[] = Object.keys(times)): number {
  const chosen = of.map((name) => times[name] ?? 0);
  return Math.max(...chosen) / Math.min(...chosen) - 1;
}

t.test('the time of a wrong token does not tell what is wrong about it', { timeout: 300_000 }, async (t) => {
  const tokens = new Tokens([`a:${'a'.repeat(20)}`, `ci:${RIGHT}`, `b:${'b'.repeat(20)}`]);
  t.equal(tokens.nameOf(RIGHT), 'ci');
  for (const wrong of Object.values(KINDS)) t.equal(tokens.nameOf(wrong), null);
  let least = Infinity;
  // A busy machine spreads any two medians now and then, a leak does so every time.
  for (let i = 0; i < TRIES && least > 0.05; i++) {
    const times = medians((token) => tokens.nameOf(token));
    const apart = Math.max(0, spread(times) - spread(times, TWINS));
    least = Math.min(least, apart);
    t.comment(Object.fromEntries(Object.entries(times).map(([name, us]) => [name, `${us.toFixed(3)} µs`])));
  }
  t.ok(
    least <= 0.05,
    `the kinds are at most ${(least * 100).toFixed(1)} % farther apart than two that differ in nothing`,
  );
  return Promise.resolve();
});

t.test('the measurement does see a comparison that stops at the first difference', { timeout: 300_000 }, async (t) => {
  const times = medians((token) => {
    for (let i = 0; i < RIGHT.length; i++) if (token.charCodeAt(i) !== RIGHT.charCodeAt(i)) return i;
    return token.length === RIGHT.length;
  });
  t.ok(spread(times) > 0.5, `${(spread(times) * 100).toFixed(0)} % apart`);
  return Promise.resolve();
});
