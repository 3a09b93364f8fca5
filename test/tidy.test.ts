// Style as a test. It is a ratchet: the figures may get stricter.
import t, { type Test } from 'tap';
import { findCircle, reachable, readSources, type SourceFile } from './support/source-tree.ts';

const MAX_LINES = 220;
const MAX_MEDIAN_LINES = 110;
const MAX_FUNCTION_LINES = 60;
const MAX_MEDIAN_FUNCTION_LINES = 12;

const MAIN = 'src/main.ts';
const WORKER = 'src/reactor/worker.ts';

/** The reactor's files for the main thread. */
const MAIN_SIDE = /^src\/reactor\/(client|held-connection|inbox|outstanding|pulse|supervisor|worker-thread)\.ts$/;
/** The reactor's files for the worker: those that may speak to the kernel, and those that have no need to. */
const KERNEL_SIDE =
  /^src\/reactor\/(attempt|evidence|held-socket|poller|preparation|reactor|shortage|sockets|worker)\.ts$/;
const WORKER_SIDE = /^src\/reactor\/(deadlines|idle-sockets|mailbox|outbox|pace|places|queue)\.ts$/;
/** Arithmetic and nouns that any room may use: files without imports of ours, but of one another. */
const PURE = /^src\/(clock|token-bucket|check\/(slices|turn-time)|callers\/(asker|turns))\.ts$/;
const WIRE = /^src\/reactor\/(protocol|wire\/[\w-]+)\.ts$/;
const KOFFI_IMPORTERS = /^native-bindings\/libc\.ts$|^test\/support\//;

const product = readSources('src', 'native-bindings');
const scripts = readSources('scripts');
const everything = [...product, ...scripts, ...readSources('test', 'bench')];

/** Asserts that no import breaks a rule: `isWrong` sees each import of each file that `from` matches. */
function forbid(
  t: Test,
  from: RegExp,
  isWrong: (what: string, isType: boolean, path: string) => boolean,
  sources: readonly SourceFile[] = product,
): void {
  const files = sources.filter(({ path }) => from.test(path));
  t.ok(files.length > 0, `${from.source} matches files`);
  const wrong = files.flatMap(({ path, imports }) =>
    imports.filter(({ what, isType }) => isWrong(what, isType, path)).map(({ what }) => `${path} imports ${what}`),
  );
  t.same(wrong, []);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

t.test('the bindings, net/ (arithmetic on addresses) and what any room may use know nobody else', (t) => {
  forbid(t, /^native-bindings\//, (what) => what.endsWith('.ts') && !what.startsWith('native-bindings/'));
  forbid(t, /^src\/net\//, (what) => what.endsWith('.ts') && !what.startsWith('src/net/'));
  forbid(t, PURE, (what) => what.endsWith('.ts') && !PURE.test(what));
  t.end();
});

t.test('the policy judges addresses: it knows no check, no caller and no thread', (t) => {
  const own = (what: string): boolean => /^src\/(net|policy)\//.test(what) || PURE.test(what);
  const isAllowed = (what: string, isType: boolean): boolean => isType && what === 'src/config/settings.ts';
  forbid(t, /^src\/policy\//, (what, isType) => what.endsWith('.ts') && !own(what) && !isAllowed(what, isType));
  t.end();
});

t.test('only the worker side of the reactor imports the bindings', (t) => {
  forbid(t, /^src\//, (what, _, path) => what.startsWith('native-bindings/') && !KERNEL_SIDE.test(path));
  t.end();
});

t.test('the two sides of the reactor see of each other nothing but the wire, types included', (t) => {
  const isWorkers = (path: string): boolean => KERNEL_SIDE.test(path) || WORKER_SIDE.test(path);
  forbid(t, MAIN_SIDE, isWorkers);
  forbid(t, /^src\/reactor\//, (what, _, path) => isWorkers(path) && MAIN_SIDE.test(what));
  forbid(t, WIRE, (what) => what.endsWith('.ts') && !WIRE.test(what));
  const files = product.map(({ path }) => path).filter((path) => path.startsWith('src/reactor/'));
  t.same(
    files.filter((path) => [isWorkers(path), MAIN_SIDE.test(path), WIRE.test(path)].filter(Boolean).length !== 1),
    [],
    'each file has one side',
  );
  t.end();
});

t.test('of the reactor, the main thread’s rooms see the client and the wire’s types', (t) => {
  const isSeen = (what: string, isType: boolean): boolean =>
    what === 'src/reactor/client.ts' || (isType && what === 'src/reactor/protocol.ts');
  forbid(t, /^src\/(?!reactor\/)/, (what, isType) => what.startsWith('src/reactor/') && !isSeen(what, isType));
  t.end();
});

t.test('one file imports koffi', (t) => {
  forbid(t, /./, (what, _, path) => what === 'koffi' && !KOFFI_IMPORTERS.test(path), everything);
  t.ok(product.some(({ imports }) => imports.some(({ what }) => what === 'koffi')));
  t.end();
});

t.test('the main thread loads neither koffi nor the bindings, and shares nothing but the wire with the worker', (t) => {
  const main = reachable(product, [MAIN], true);
  const worker = reachable(product, [WORKER], true);
  t.ok(worker.has('koffi') && worker.has('src/reactor/reactor.ts'), 'the worker does');
  t.notOk([...main].some((path) => path === 'koffi' || path.startsWith('native-bindings/')));
  const shared = [...main].filter((path) => worker.has(path) && path.endsWith('.ts'));
  t.same(
    shared.filter((path) => !WIRE.test(path) && !PURE.test(path)),
    [],
  );
  t.ok(shared.includes('src/reactor/protocol.ts'));
  t.end();
});

t.test('the reactor does not know what a check is', (t) => {
  const isElsewhere = (what: string): boolean => what.startsWith('src/') && !what.startsWith('src/reactor/');
  forbid(t, /^src\/reactor\//, (what) => isElsewhere(what) && !PURE.test(what));
  t.end();
});

t.test('a check sees types of the reactor and the policy, and nothing above itself', (t) => {
  const own = (what: string): boolean => /^src\/(check|net)\//.test(what) || PURE.test(what);
  const isAllowed = (what: string, isType: boolean): boolean =>
    isType && (what === 'src/reactor/protocol.ts' || what.startsWith('src/policy/'));
  forbid(t, /^src\/check\//, (what, isType) => what.endsWith('.ts') && !own(what) && !isAllowed(what, isType));
  t.end();
});

t.test('a trace and TLS are phases of a check: they know no policy, no caller, no door and no thread', (t) => {
  const isAllowed = (what: string, isType: boolean): boolean => isType && what === 'src/reactor/protocol.ts';
  for (const room of ['trace', 'tls']) {
    const own = new RegExp(`^src/(${room}|check|net)/`);
    const isOwn = (what: string, isType: boolean): boolean =>
      own.test(what) || PURE.test(what) || isAllowed(what, isType);
    forbid(t, new RegExp(`^src/${room}/`), (what, isType) => what.endsWith('.ts') && !isOwn(what, isType));
  }
  forbid(t, /^src\/(?!main\.ts|cli\/|process\/given|tls\/)/, (what) => what.startsWith('src/tls/'));
  t.end();
});

t.test('the contract says what may be asked, whichever door it comes by', (t) => {
  const own = (what: string): boolean => /^src\/(contract|check|net)\//.test(what);
  forbid(t, /^src\/contract\//, (what) => what.endsWith('.ts') && !own(what));
  t.end();
});

t.test('callers are admitted, whichever door they come by', (t) => {
  const own = (what: string): boolean => /^src\/(callers|contract|check)\//.test(what) || PURE.test(what);
  forbid(t, /^src\/callers\//, (what) => what.endsWith('.ts') && !own(what));
  forbid(t, /^src\/(callers|contract|check)\//, (what) => /^@?fastify/.test(what));
  t.end();
});

t.test('metrics count what the checker tells, and know no door', (t) => {
  const own = (what: string): boolean => /^src\/(metrics|check|net)\//.test(what);
  const isAllowed = (what: string, isType: boolean): boolean => isType && what === 'src/reactor/client.ts';
  forbid(t, /^src\/metrics\//, (what, isType) => what.endsWith('.ts') && !own(what) && !isAllowed(what, isType));
  forbid(t, /^src\/(?!metrics\/page\.ts)/, (what) => what === 'prom-client');
  t.end();
});

t.test('groups are a door of their own: they ask as callers do, and know neither HTTP nor the reactor', (t) => {
  const own = (what: string): boolean => /^src\/(groups|callers|contract|check|net)\//.test(what) || PURE.test(what);
  const file = /^src\/config\/(config-file|yaml-document)\.ts$/;
  forbid(t, /^src\/groups\//, (what) => what.endsWith('.ts') && !own(what) && !file.test(what));
  forbid(t, /^src\/groups\/(verdict|telling)\.ts$/, (what, isType) => what.endsWith('.ts') && !isType);
  forbid(t, /^src\/groups\//, (what) => /^@?fastify/.test(what));
  t.end();
});

t.test(
  'the fleet is a door of its own: one file knows the bus, and the others know of it no more than who is here',
  (t) => {
    const own = (what: string): boolean => /^src\/(fleet|callers|contract|check)\//.test(what) || PURE.test(what);
    const settings = /^src\/config\/(fleet-settings|settings)\.ts$/;
    forbid(t, /^src\/fleet\//, (what) => what.endsWith('.ts') && !own(what) && !settings.test(what));
    forbid(t, /^src\/(?!fleet\/|main\.ts|process\/given)/, (what) => /^src\/fleet\/(?!fleet-view)/.test(what));
    forbid(t, /./, (what, _, path) => what.startsWith('@nats-io/') && !/^(src\/fleet\/bus\.ts|test\/)/.test(path));
    t.end();
  },
);

t.test('HTTP sees checks, not the reactor or the process; the configuration sees addresses alone', (t) => {
  forbid(t, /^src\/http\//, (what) => /^(src\/(reactor\/|main\.ts|app\.ts|config\.ts)|native-bindings\/)/.test(what));
  forbid(t, /^src\/config\//, (what) => what.endsWith('.ts') && !/^src\/(config|net)\//.test(what));
  t.end();
});

t.test('the process’s own affairs know nothing of checks and of HTTP', (t) => {
  const own = (what: string): boolean => what.startsWith('src/process/') || PURE.test(what);
  forbid(t, /^src\/process\/(?!given\.ts)/, (what) => what.endsWith('.ts') && !own(what));
  t.end();
});

t.test('the start and the command alone read the configuration and build a reactor', (t) => {
  const only = ['src/config/config.ts', 'src/reactor/client.ts'];
  forbid(t, /^src\/(?!main\.ts|process\/given\.ts|cli\/)/, (what, isType) => only.includes(what) && !isType);
  t.end();
});

t.test('nothing imports a test, or itself through others; scripts/ and bench/ are nobody’s', (t) => {
  forbid(t, /^(src|native-bindings)\//, (what) => /^(test|bench|scripts)\//.test(what));
  forbid(t, /^scripts\//, (what) => /^(test|bench|native-bindings)\//.test(what), scripts);
  t.equal(findCircle(everything), null, 'types included');
  t.end();
});

t.test(`a file has ${MAX_LINES} lines at the most, and half of them ${MAX_MEDIAN_LINES}`, (t) => {
  const long = everything.filter(({ lines }) => lines > MAX_LINES);
  t.equal(long.map(({ path, lines }) => `${path}: ${lines}`).join(), '');
  const middle = median(product.map(({ lines }) => lines));
  t.ok(middle <= MAX_MEDIAN_LINES, `the median is ${middle}`);
  t.end();
});

t.test(`a function has ${MAX_FUNCTION_LINES} lines at the most, and half of them ${MAX_MEDIAN_FUNCTION_LINES}`, (t) => {
  // A test's body is a list of claims, and as long as that.
  const long = everything
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .flatMap(({ path, functions }) =>
      functions.filter(({ lines }) => lines > MAX_FUNCTION_LINES).map((f) => `${path}: ${f.name} has ${f.lines}`),
    );
  t.same(long, []);
  const middle = median(product.flatMap(({ functions }) => functions.map(({ lines }) => lines)));
  t.ok(middle <= MAX_MEDIAN_FUNCTION_LINES, `the median is ${middle}`);
  t.end();
});
