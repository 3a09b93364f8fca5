// The command is a door beside HTTP: what it may import, and what a check loads of everything.
import t from 'tap';
import { reachable, readSources } from './support/source-tree.ts';

const product = readSources('src', 'native-bindings');

t.test('the command knows nothing of the HTTP side, and nobody knows the command', (t) => {
  const imports = product.flatMap(({ path, imports }) => imports.map(({ what }) => ({ path, what })));
  const isHttp = (what: string): boolean => /^(src\/(http\/|app\.ts)|@?fastify|pino)/.test(what);
  const wrong = imports.filter(({ path, what }) =>
    path.startsWith('src/cli/') ? isHttp(what) : what.startsWith('src/cli/'),
  );
  t.ok(imports.some(({ path }) => path.startsWith('src/cli/')));
  t.same(wrong, []);
  t.end();
});

t.test('without the word serve neither the HTTP side is loaded nor the log', (t) => {
  const withoutService = product.filter(({ path }) => path !== 'src/main.ts');
  const loaded = reachable(withoutService, ['src/cli/command.ts'], true);
  t.ok(loaded.has('src/check/checker.ts') && loaded.has('src/cli/check.ts'));
  t.same(
    [...loaded].filter((what) => /^(@?fastify|pino|koffi|prom-client)|^src\/(http|metrics)\//.test(what)),
    [],
  );
  t.end();
});
