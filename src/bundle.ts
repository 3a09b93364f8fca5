// The service as it is shipped: its modules and the packages that it runs on, in a few files. Most of a start is Node
// finding and opening some seven hundred of them. They are not minified: a stack trace stays readable.
//   node dist/src/bundle.js            writes dist/service
//   node dist/src/bundle.js --watch    and again whenever a source changes
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, context } from 'esbuild';

/** How the modules and packages become files beside each other in `directory`. `more` are entries besides the service's. */
export function bundleOptions(directory: string, ...more: readonly string[]): BuildOptions {
  return {
    entryPoints: ['src/main.ts', 'src/reactor/worker.ts', ...more],
    entryNames: '[name]',
    outdir: directory,
    bundle: true,
    // What both threads load, and what main.ts loads later, are files of their own.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // They look for files beside their own: a native library, the pages of Swagger UI.
    external: ['koffi', '@fastify/swagger-ui'],
    // Packages in CommonJS ask for Node's own modules with it.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    legalComments: 'eof',
    logLevel: 'warning',
  };
}

const DIRECTORY = 'dist/service';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--watch')) {
    await (await context(bundleOptions(DIRECTORY))).watch();
  } else {
    rmSync(DIRECTORY, { recursive: true, force: true }); // Files of an earlier build have other names.
    await build(bundleOptions(DIRECTORY));
  }
}
