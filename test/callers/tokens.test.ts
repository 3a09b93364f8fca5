// Tokens: what an entry is, whom a token stands for, and a file that changes under a running service.
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { hashedEntry, parseTokens, Tokens } from '../../src/callers/tokens.ts';

const CI = 'a-token-of-the-ci';
const OPS = 'a-token-of-the-ops';
const LOOK_MS = 5;

function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

t.test('a token stands for its name, given as such or as its hash', async (t) => {
  const tokens = new Tokens([`ci:${CI}`, `ops:sha256:${sha256(OPS)}`, `shout:sha256:${sha256('LOUD').toUpperCase()}`]);
  t.equal(tokens.nameOf(CI), 'ci');
  t.equal(tokens.nameOf(OPS), 'ops');
  t.equal(tokens.nameOf('LOUD'), 'shout');
  for (const wrong of ['', `${CI}x`, CI.slice(0, -1), `ci:${CI}`, sha256(OPS), `sha256:${sha256(OPS)}`]) {
    t.equal(tokens.nameOf(wrong), null, wrong);
  }
  return Promise.resolve();
});

t.test('entries that are none are named by their number, never by their text', async (t) => {
  const rows: readonly (readonly [entry: string, fault: RegExp])[] = [
    ['', /name:token/],
    [CI, /name:token/],
    [`:${CI}`, /name:token/],
    [`a b:${CI}`, /name:token/],
    [`${'n'.repeat(65)}:${CI}`, /name:token/],
    ['ci:', /at least 16/],
    ['ci:fifteen-letters', /at least 16/],
    [`ci:${CI} ${CI}`, /at least 16/],
    [`ci:${CI}:more`, /at least 16/],
    ['ci:sha256', /at least 16/],
    ['ci:sha256:', /64 hexadecimal/],
    [`ci:sha256:${'0'.repeat(63)}`, /64 hexadecimal/],
    [`ci:sha256:${'g'.repeat(64)}`, /64 hexadecimal/],
    [`ci:sha256:${'0'.repeat(64)}:`, /64 hexadecimal/],
  ];
  for (const [entry, fault] of rows) {
    const message = messageOf(() => parseTokens([`ok:${CI}`, entry]));
    t.match(message, /^entry 2 takes /, entry);
    t.match(message, fault, entry);
    t.notMatch(message, CI);
    t.notMatch(message, /[\r\n]/);
  }
  t.equal(
    messageOf(() => parseTokens([`a:${CI}`, `a:${OPS}`])),
    'two entries have the same name',
  );
  return Promise.resolve();
});

t.test('a file holds one entry a line, with comments', async (t) => {
  const { tokens } = watched(t, `# of the platform team\r\n\r\nci:${CI}\r\n  ops:${OPS}\n`);
  t.equal(tokens.size, 2);
  t.equal(tokens.nameOf(CI), 'ci');
  t.equal(tokens.nameOf(OPS), 'ops');
  return Promise.resolve();
});

t.test('a file that cannot be read or understood stops the start', async (t) => {
  t.throws(() => Tokens.ofFile('/does/not/exist'), { code: 'ENOENT' });
  t.throws(() => watched(t, 'ci:short'), { message: /^entry 1 takes/ });
  return Promise.resolve();
});

t.test('a file that changes is taken over; what is not understood leaves the tokens as they were', async (t) => {
  const { file, tokens, told } = watched(t, `ci:${CI}\n`);
  writeFileSync(file, `ci:${OPS}\n`);
  await until(() => told.length === 1);
  t.same(told, [null]);
  t.equal(tokens.nameOf(CI), null, 'the old token is no longer valid');
  t.equal(tokens.nameOf(OPS), 'ci');

  writeFileSync(file, `ci:${OPS}\nbroken`);
  await until(() => told.length === 2);
  t.match(told[1], /^entry 2 takes/);
  t.equal(tokens.nameOf(OPS), 'ci');

  rmSync(file);
  await until(() => told.length === 3);
  t.match(told[2], /ENOENT/);
  await sleep(20 * LOOK_MS);
  t.equal(told.length, 3, 'a failure is told once');
  t.equal(tokens.nameOf(OPS), 'ci');

  // As a mounted secret changes: another file comes to bear the name.
  writeFileSync(`${file}.new`, `ci:${CI}\n`);
  renameSync(`${file}.new`, file);
  await until(() => told.length === 4);
  t.equal(told[3], null);
  t.equal(tokens.nameOf(CI), 'ci');

  for (const [round, emptied] of ['', '\n', '# none\n'].entries()) {
    writeFileSync(file, emptied);
    await until(() => told.length === 5 + 2 * round);
    t.equal(told[4 + 2 * round], 'the file holds no token');
    t.equal(tokens.nameOf(CI), 'ci', 'an emptied file locks nobody out');
    writeFileSync(file, `ci:${CI}\n`);
    await until(() => told.length === 6 + 2 * round);
    t.equal(told[5 + 2 * round], null);
  }
});

function watched(t: Test, text: string) {
  const file = join(t.testdir({ tokens: text }), 'tokens');
  const told: (string | null)[] = [];
  const tokens = Tokens.ofFile(file);
  tokens.watch((failure) => told.push(failure), LOOK_MS);
  t.teardown(() => tokens.close());
  return { file, tokens, told };
}

t.test('an entry by hash is known by its token, and what cannot be a token has none', (t) => {
  const entry = hashedEntry('ci', CI) ?? '';
  t.match(entry, /^ci:sha256:[0-9a-f]{64}$/);
  t.equal(new Tokens([entry]).nameOf(CI), 'ci');
  for (const [name, token] of [
    ['ci', 'short'],
    ['a name', CI],
    ['ci', `sha256:${'a'.repeat(64)}`],
    ['ci', `${CI}\n`],
  ] as const) {
    t.equal(hashedEntry(name, token), null, JSON.stringify([name, token]));
  }
  t.end();
});

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !isSo(); i++) await sleep(5);
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
