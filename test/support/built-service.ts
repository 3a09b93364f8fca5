// The service as it is shipped: plain JavaScript on plain Node, started by bin/reachd.cjs. The first test that wants a
// build makes it; every other test and every later run uses the same one, until a source changes.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { bundleOptions } from '../../scripts/bundle-options.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below the repository, so that what is not bundled is found in node_modules, and coverage counts what runs there. */
const BUILDS = join(ROOT, '.tap', 'builds');
const SERVICE = join('dist', 'service');
/** What a build is made of. */
const FOLDERS = ['src', 'native-bindings', 'scripts', 'test/support', 'bin'];
const SINGLE_FILES = ['package.json', 'package-lock.json'];
const DAY_MS = 86_400_000;

let digestOfSources: string | undefined;

/** The flags that bin/reachd gives Node: tests start Node themselves, with more of them. */
export const NODE_FLAGS =
  /^exec node (.*) "\$\(dirname/m.exec(readFileSync(join(ROOT, 'bin', 'reachd'), 'utf8'))?.[1]?.split(' ') ?? [];

/** A build whose process c8 can count: source maps, and of packages nothing, which would be most of each report. */
const COUNTED: BuildOptions = { sourcemap: true, packages: 'external' };

/** Returns the script of the service as it is shipped. */
export function builtScript(): string {
  return join(buildOnce('shipped', {}), 'bin', 'reachd.cjs');
}

/** Returns the script of the same service with packages beside it and source maps, for runs that measure coverage. */
export function countedScript(): string {
  return join(buildOnce('counted', COUNTED), 'bin', 'reachd.cjs');
}

/** Returns the script of `agent`, a TypeScript file, bundled with the service that it starts. */
export function builtAgent(agent: string): string {
  const name = basename(agent, '.ts');
  return join(buildOnce(name, {}, agent), SERVICE, `${name}.js`);
}

/**
 * The directory of the build of the sources as they are now. Test files run side by side, so each builds in a directory
 * of its own, and rename(2) lets the first one win.
 */
function buildOnce(kind: string, options: BuildOptions, ...agents: readonly string[]): string {
  const build = join(BUILDS, `${kind}-${(digestOfSources ??= digest())}`);
  if (existsSync(build)) return build;
  mkdirSync(BUILDS, { recursive: true });
  removeOld();
  const draft = mkdtempSync(join(BUILDS, 'draft-'));
  for (const file of ['package.json', 'bin']) cpSync(join(ROOT, file), join(draft, file), { recursive: true });
  chmodSync(draft, 0o755); // A test may run it as another user.
  buildSync({ ...bundleOptions(join(draft, SERVICE), ...agents), ...options, absWorkingDir: ROOT });
  try {
    renameSync(draft, build);
  } catch (error) {
    if (!existsSync(build)) throw error;
    rmSync(draft, { recursive: true });
  }
  return build;
}

/** Of the names and contents of everything that goes into a build. */
function digest(): string {
  const hash = createHash('sha256');
  const files = [...SINGLE_FILES, ...FOLDERS.flatMap(filesBelow)];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

/** The files below a folder of the root, as paths from the root, in order. */
function filesBelow(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => join(folder, name)).filter((path) => statSync(join(ROOT, path)).isFile());
}

/** Builds of sources that have changed since: nobody has used those for a day. */
function removeOld(): void {
  for (const name of readdirSync(BUILDS)) {
    const build = join(BUILDS, name);
    if (statSync(build).mtimeMs < Date.now() - DAY_MS) rmSync(build, { recursive: true, force: true });
  }
}
