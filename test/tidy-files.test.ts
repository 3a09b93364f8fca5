// What a source file is called, how it begins, and that something needs it.
import t from 'tap';
import { reachable, readSources } from './support/source-tree.ts';

const MAX_HEADER_LINES = 8;

/** What is started, not imported: the command, its worker, and the scripts. */
const STARTED = [
  'src/cli/command.ts',
  // What the package exports, as types.
  'src/contract/client-types.ts',
  'src/reactor/worker.ts',
  'scripts/bundle.ts',
  'scripts/openapi.ts',
  'scripts/iana.ts',
  'scripts/sbom.ts',
];

const shipped = readSources('src', 'native-bindings', 'scripts');
const everything = [...shipped, ...readSources('test', 'bench')];

t.test('there are no barrels, and no rooms for things without a name', (t) => {
  const named = everything.map(({ path }) => path);
  t.same(
    named.filter((path) => /(^|\/)(index\.ts|utils?|helpers?|common|misc|types)(\/|\.ts|$)/.test(path)),
    [],
  );
  t.same(
    everything.filter(({ isBarrel }) => isBarrel).map(({ path }) => path),
    [],
  );
  t.end();
});

t.test('file names are in kebab-case', (t) => {
  const odd = everything.filter(
    ({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9]+(-[a-z0-9]+)*(\.test|\.check)?\.ts$/.test(path),
  );
  t.same(
    odd.map(({ path }) => path),
    [],
  );
  t.end();
});

t.test('each file says first what it is for; a test’s name does', (t) => {
  const silent = everything.filter(({ path, headerLines }) => headerLines === 0 && !path.endsWith('.test.ts'));
  t.same(
    silent.map(({ path }) => path),
    [],
  );
  const wordy = everything.filter(({ headerLines }) => headerLines > MAX_HEADER_LINES);
  t.same(
    wordy.map(({ path, headerLines }) => `${path}: ${headerLines}`),
    [],
  );
  t.end();
});

t.test('every source file is reached from what is started', (t) => {
  const reached = reachable(shipped, STARTED, false);
  t.same(
    shipped.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
  );
  t.end();
});

t.test('every file of test/support is used by a test', (t) => {
  const tests = everything.map(({ path }) => path).filter((path) => /\.(test|check)\.ts$/.test(path));
  const reached = reachable(everything, tests, false);
  const started = new Set(everything.flatMap(({ urls }) => urls));
  const support = everything.map(({ path }) => path).filter((path) => path.startsWith('test/support/'));
  t.same(
    support.filter((path) => !reached.has(path) && !started.has(path)),
    [],
  );
  t.end();
});
