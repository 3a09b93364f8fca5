// The service as it is shipped: plain JavaScript on plain Node, started by bin/reachd.cjs. The test runner's loader makes
// a worker take seconds to start, which hides how soon a lost one is replaced.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPTIONS = {
  target: ScriptTarget.ES2023,
  module: ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

interface Closing {
  teardown(close: () => unknown): unknown;
}

/**
 * Compiles the sources as they are now, and what else of the repository is named in `more`, into a directory that goes
 * with the test, and returns it. The service's script is `bin/reachd.cjs` in it.
 */
export function buildService(t: Closing, ...more: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'reachd-built-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const file of ['package.json', 'bin']) cpSync(join(ROOT, file), join(directory, file), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const part of ['src', 'native-bindings', ...more]) {
    for (const file of readdirSync(join(ROOT, part), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts')) compile(join(part, file), join(directory, 'dist'));
    }
  }
  return directory;
}

/** Where a TypeScript file of the repository is in a directory that buildService has made. */
export function builtFile(directory: string, source: URL): string {
  return join(directory, 'dist', relative(ROOT, fileURLToPath(source)).replace(/\.ts$/, '.js'));
}

function compile(file: string, into: string): void {
  const { outputText } = transpileModule(readFileSync(join(ROOT, file), 'utf8'), { compilerOptions: OPTIONS });
  const target = join(into, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
}
