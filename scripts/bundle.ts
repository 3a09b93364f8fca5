// Writes the service as it is shipped, from the directory of the repository:
//   node dist/scripts/bundle.js            to dist/service
//   node dist/scripts/bundle.js --watch    and again whenever a source changes
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, context, type OutputFile, type Plugin } from 'esbuild';
import { bundleOptions } from './bundle-options.ts';

const DIRECTORY = 'dist/service';

/** Leaves the last good build where there is no new one, and untouched what has not changed: `node --watch` looks on. */
const keeper: Plugin = {
  name: 'keeper',
  setup: (watched) => {
    watched.onEnd(({ errors, outputFiles = [] }) => {
      if (errors.length === 0) replaceBuild(outputFiles);
    });
  },
};

function replaceBuild(files: readonly OutputFile[]): void {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const { path, contents } of files) {
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
  }
  const names = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(DIRECTORY)) if (!names.has(name)) rmSync(join(DIRECTORY, name));
}

const options = { ...bundleOptions(DIRECTORY), write: false, plugins: [keeper] };
if (process.argv.includes('--watch')) await (await context(options)).watch();
else await build(options);
