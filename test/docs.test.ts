// The documents speak of this repository: the paths that they name and the pages that they link to are there, and every
// room of the source says what it is for.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** src/reactor/protocol.ts says it for both. */
const TOLD_BY_A_FILE = ['src/reactor/wire'];

/** A path from the root, in backticks or in a command: not the tail of a URL or of another path. */
const PATH = /(?<![\w/.@-])(?:src|test|docs|bench|scripts|native-bindings|bin|\.ci)\/[\w./-]*/g;
/** A source file without a folder, in backticks: a room's README says so of its own files. */
const FILE = /`([\w-]+\.ts)`/g;
const LINK = /\]\(([^)]+)\)/g;
const HEADING = /^#+ (.+)$/gm;
/** README.md is a door: what has no room in it is in `docs/`. */
const MAX_README_LINES = 140;

/** Files and folders below a folder of the root, as paths from the root. */
function below(folder: string): { path: string; isFolder: boolean }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).map((entry) => ({
    path: join(entry.parentPath, entry.name).slice(ROOT.length),
    isFolder: entry.isDirectory(),
  }));
}

const source = below('src');
const rooms = ['src', ...source.filter(({ isFolder }) => isFolder).map(({ path }) => path)];
const readmes = [...rooms, 'native-bindings'].map((room) => `${room}/README.md`).filter(isThere);
const pages = below('docs')
  .map(({ path }) => path)
  .filter((path) => path.endsWith('.md'));
const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'RELEASING.md',
  'SECURITY.md',
  'bench/README.md',
  ...pages,
  ...readmes,
];

function isThere(path: string): boolean {
  return existsSync(join(ROOT, path));
}

/** What `pattern` finds in a document: its first group, else all of the match. */
function find(document: string, pattern: RegExp): string[] {
  const found = [...readFileSync(join(ROOT, document), 'utf8').matchAll(pattern)];
  return found.map(([whole, group]) => group ?? whole);
}

/** As those who show Markdown make an anchor of a heading. */
function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replace(/[^\w\s-]/g, '');
  return words.trim().replaceAll(' ', '-');
}

type IsRight = (what: string, document: string) => boolean;

/** Asserts that each finding in each document passes, and that there are findings at all. */
function assertEach(t: Test, among: readonly string[], pattern: RegExp, isRight: IsRight): void {
  const findings = among.flatMap((document) => find(document, pattern).map((what) => ({ document, what })));
  t.ok(findings.length > 0, 'they name some');
  const wrong = findings.filter(({ document, what }) => !isRight(what, document));
  t.same(
    wrong.map(({ document, what }) => `${document}: ${what}`),
    [],
  );
  t.end();
}

t.test('every path that a document names is there', (t) => {
  // A path may end a sentence.
  assertEach(t, documents, PATH, (path) => isThere(path.replace(/\.$/, '')));
});

t.test('every file that a room’s README names is in that room, or at the top of src/', (t) => {
  assertEach(t, readmes, FILE, (file, readme) => isThere(join(dirname(readme), file)) || isThere(`src/${file}`));
});

t.test('every link between documents leads to a page that is there, and to a heading of it', (t) => {
  assertEach(t, documents, LINK, (to, from) => {
    if (/^[a-z]+:/.test(to)) return true;
    const [path = '', heading] = to.split('#');
    const page = path === '' ? from : join(dirname(from), path);
    return isThere(page) && (heading === undefined || find(page, HEADING).map(anchorOf).includes(heading));
  });
});

t.test('README.md leads to every page of docs/', (t) => {
  const linked = find('README.md', LINK);
  t.same(
    pages.filter((page) => !linked.some((to) => to.split('#')[0] === page)),
    [],
  );
  t.end();
});

t.test('README.md is a door, not a wall', (t) => {
  const lines = find('README.md', /\n/g).length;
  t.ok(lines <= MAX_README_LINES, `${lines} lines`);
  t.end();
});

t.test('every room of the source says what it is for and what it must not know', (t) => {
  t.same(
    rooms.filter((room) => !isThere(`${room}/README.md`) && !TOLD_BY_A_FILE.includes(room)),
    [],
  );
  const silent = readmes.filter(
    (readme) => readme.startsWith('src/') && readme !== 'src/README.md' && find(readme, /must not/g).length === 0,
  );
  t.same(silent, []);
  t.end();
});
