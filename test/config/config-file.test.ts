// CONFIG_FILE as a file: read, read again, and every mistake at its place.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ConfigFile, type Refusal } from '../../src/config/config-file.ts';
import { inWords, MistakesError, YamlDocument } from '../../src/config/yaml-document.ts';

const SOON_MS = 60_000;

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'reachd-config-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What is wrong with `text`, in words. */
function mistakes(text: string): string[] {
  try {
    new YamlDocument(text);
    return [];
  } catch (error) {
    if (!(error instanceof MistakesError)) throw error;
    return error.mistakes.map(inWords);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const last = performance.now() + SOON_MS;
  while (!isSo() && performance.now() < last) await sleep(5);
}

t.test('what is no YAML is told by line and column', (t) => {
  const rows: readonly (readonly [text: string, mistake: RegExp])[] = [
    ['a: 1\nb: "c\n', /^3:1: .*quote/],
    ['a: 1\n\tb: 2\n', /^2:1: .*[Tt]ab/],
    ['a:\n  - 1\n b: 2\n', /^3:1: .*column/],
    ['a: 1\nb: 2\na: 3\n', /^3:1: Map keys must be unique/],
    ['a: 1\n---\nb: 2\n', /^2:1: .*multiple documents/],
    ['a: *nobody\n', /^1:1: Unresolved alias/],
    ['a: !secret b\n', /^1:4: .*tag/],
  ];
  for (const [text, mistake] of rows) t.match(mistakes(text)[0] ?? 'none', mistake, JSON.stringify(text));
  t.end();
});

t.test('aliases that stand for more than they may are a mistake, not a memory', (t) => {
  const steps = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
  t.match(mistakes(['a0: &a0 [x]', ...steps, ''].join('\n')), [/^1:1: .*alias/]);
  t.end();
});

t.test('a path leads to its line and column, or to the last step that is there', (t) => {
  const text = [
    'shared: &shared {host: a, port: 0}',
    'groups:',
    '  - name: checkout',
    '    targets:',
    '      - a:1',
    '      - {host: b, port: 0}',
    '      - *shared',
    '    "odd.key": 1',
    '',
  ].join('\n');
  const document = new YamlDocument(text);
  const rows: readonly (readonly [path: string, place: string])[] = [
    ['groups[0].name', '3:5'],
    ['groups[0].targets[0]', '5:9'],
    ['groups[0].targets[1].port', '6:19'],
    ['groups[0].targets[2].port', '1:27'],
    ['groups[0].targets[9]', '4:5'],
    ['groups[0].rise', '3:5'],
    ['groups[1].name', '2:1'],
    ['groups[0].odd.key', '3:5'],
    ['file', '1:1'],
    ['', '1:1'],
  ];
  for (const [path, place] of rows) {
    const { line, column } = document.mistakeAt(path, 'is wrong');
    t.equal(`${line}:${column}`, place, path);
  }
  t.equal(inWords(document.mistakeAt('groups[0].name', 'is wrong')), '3:5: groups[0].name: is wrong');
  t.equal(inWords(new YamlDocument('').mistakeAt('file', 'is empty')), '1:1: file: is empty');
  t.end();
});

t.test('nothing is coerced: a date, a number and yes stay what they are written as', (t) => {
  t.same(new YamlDocument('a: 2026-11-22\nb: 0x10\nc: yes\nd: "5"\ne: null\nf: on\n').value, {
    ...{ a: '2026-11-22', b: 16, c: 'yes', d: '5', e: null, f: 'on' },
  });
  t.end();
});

t.test('a start with a bad file says where it is bad', async (t) => {
  const path = join(folder(t), 'reachd.yaml');
  const take = (document: YamlDocument): Promise<void> =>
    Promise.reject(new MistakesError([document.mistakeAt('a', 'is wrong'), document.mistakeAt('b', 'is wrong too')]));
  await t.rejects(ConfigFile.open(path, take), { message: /reachd\.yaml: ENOENT/ });
  writeFileSync(path, 'a: 1\nb: 2\n');
  await t.rejects(ConfigFile.open(path, take), { message: `${path}:1:1: a: is wrong\n${path}:2:1: b: is wrong too` });
  writeFileSync(path, 'a: "');
  await t.rejects(ConfigFile.open(path, take), { message: /^\S+reachd\.yaml:1:5: [^\n]+$/ });
});

interface Watched {
  readonly file: ConfigFile;
  /** What was taken over, in order. */
  readonly taken: unknown[];
  readonly told: (Refusal | null)[];
}

/** A watched file, whose documents are taken over unless they say `bad`. */
async function watched(t: Test, path: string, slow = Promise.resolve()): Promise<Watched> {
  const taken: unknown[] = [];
  const told: (Refusal | null)[] = [];
  const file = await ConfigFile.open(path, async (document) => {
    await slow;
    const value = document.value as object;
    if ('bad' in value) throw new MistakesError([document.mistakeAt('bad', 'is not good')]);
    taken.push(value);
  });
  t.teardown(() => file.close());
  file.watch((refusal) => told.push(refusal), 10);
  return { file, taken, told };
}

t.test('a file that changes is taken over; one that is bad, or gone, leaves what was, and says so once', async (t) => {
  const path = join(folder(t), 'reachd.yaml');
  writeFileSync(path, 'a: 1\n');
  const { file, taken, told } = await watched(t, path);
  writeFileSync(path, 'a: 2\n');
  await until(() => told.length === 1);
  t.same(taken, [{ a: 1 }, { a: 2 }]);
  t.equal(file.isInForce, true);

  writeFileSync(path, 'a: 2\nbad: 1\n');
  await until(() => told.length === 2);
  t.match(told[1], [{ line: 2, column: 1, path: 'bad', message: 'is not good' }]);
  t.equal(file.isInForce, false);

  unlinkSync(path);
  await until(() => told.length === 3);
  t.match(told[2], /ENOENT/);
  await sleep(100);
  t.equal(told.length, 3, 'once, however often it is looked for');
  t.equal(file.isInForce, false);
  t.equal(taken.length, 2);

  writeFileSync(path, 'a: 2\n');
  await until(() => told.length === 4);
  t.same(told[3], null, 'the same text as the one in force is no news but that it is there again');
  t.equal(file.isInForce, true);
});

t.test('a file that does not change is not taken over again, unless that is asked for', async (t) => {
  const path = join(folder(t), 'reachd.yaml');
  writeFileSync(path, 'a: 1\n');
  const { file, taken, told } = await watched(t, path);
  await sleep(100);
  t.equal(taken.length, 1);
  await file.reread();
  t.equal(taken.length, 2);
  t.same(told, [null]);
  await Promise.all([file.reread(), file.reread()]);
  t.equal(taken.length, 4, 'each is answered, one after the other');
});

t.test('a ConfigMap’s volume: the folder behind the links is swapped by one rename', async (t) => {
  const volume = folder(t);
  // As a kubelet writes it: reachd.yaml → ..data/reachd.yaml, ..data → a folder of that moment.
  const write = (name: string, text: string): void => {
    mkdirSync(join(volume, name));
    writeFileSync(join(volume, name, 'reachd.yaml'), text);
    symlinkSync(name, join(volume, '..data_tmp'));
    renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
  };
  write('..2026_1', 'a: 1\n');
  symlinkSync(join('..data', 'reachd.yaml'), join(volume, 'reachd.yaml'));
  const { taken, told } = await watched(t, join(volume, 'reachd.yaml'));
  write('..2026_2', 'a: 2\n');
  rmSync(join(volume, '..2026_1'), { recursive: true });
  await until(() => told.length === 1);
  t.same(taken, [{ a: 1 }, { a: 2 }]);
});
