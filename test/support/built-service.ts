// The service as it is shipped: plain JavaScript on plain Node, started by bin/reachd.cjs. The test runner's loader makes
// a worker take seconds to start, which hides how soon a lost one is replaced.
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { bundleOptions } from '../../scripts/bundle-options.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVICE = join('dist', 'service');

interface Closing {
  teardown(close: () => unknown): unknown;
}

/**
 * Bundles the sources as they are now, and the TypeScript files at the paths `agents`, into a directory that goes with
 * the test, and returns it. The service's script is `bin/reachd.cjs` in it.
 */
export function buildService(t: Closing, ...agents: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'reachd-built-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const file of ['package.json', 'bin']) cpSync(join(ROOT, file), join(directory, file), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  buildSync({ ...bundleOptions(join(directory, SERVICE), ...agents), absWorkingDir: ROOT });
  return directory;
}

/** Where an agent is in the directory that buildService has made with it. */
export function builtAgent(directory: string, agent: string): string {
  return join(directory, SERVICE, basename(agent).replace(/\.ts$/, '.js'));
}
