// What reachd is made of: which releases of Node it admits, that no package runs code of its own while it is installed, and
// that the bill of materials names what is shipped.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';

const ROOT = new URL('../', import.meta.url);

interface Package {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
interface LockedPackage {
  readonly integrity?: string;
  readonly engines?: { readonly node: string };
}
interface Component {
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly { readonly alg: string }[];
}

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

const manifest = JSON.parse(read('package.json')) as Package;
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, LockedPackage>> };

t.test('of each line of Node, the first release without CVE-2026-21717 is the oldest that is admitted', (t) => {
  t.equal(manifest.engines.node, '^20.20.2 || ^22.22.2 || >=24.14.1');
  t.equal(packages['']?.engines?.node, manifest.engines.node);
  t.end();
});

t.test('no script runs when a package is installed, and none of this project hangs on one', (t) => {
  t.match(read('.npmrc'), /^ignore-scripts=true$/m);
  const hooks = Object.keys(manifest.scripts).filter((name) => /^(pre|post)/.test(name) || name === 'install');
  t.same(hooks, [], 'npm would skip it');
  t.end();
});

t.test('every package is pinned by its SHA-512', (t) => {
  for (const [path, { integrity }] of Object.entries(packages)) {
    if (path !== '') t.match(integrity, /^sha512-/, path);
  }
  t.end();
});

t.test('the bill of materials names what is shipped, each with its hash, and nothing else', (t) => {
  const command = [...process.execArgv, 'scripts/sbom.ts'];
  const { stdout, status } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
  t.equal(status, 0);
  const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: readonly Component[] };
  t.equal(bomFormat, 'CycloneDX');
  const names = new Set(components.map(({ name }) => name));
  for (const name of Object.keys(manifest.dependencies)) t.ok(names.has(name), name);
  for (const name of Object.keys(manifest.devDependencies)) t.notOk(names.has(name), name);
  for (const arch of ['x64', 'arm64']) t.ok(names.has(`@koromix/koffi-linux-${arch}`), `the binary for ${arch}`);
  const unhashed = components.filter(({ hashes }) => hashes?.[0]?.alg !== 'SHA-512');
  t.same(
    unhashed.map(({ name }) => name),
    [],
  );
  t.end();
});
