// The service as it is shipped: its modules and the packages that it runs on, in a few files. Most of a start is Node
// finding and opening some seven hundred of them. They are not minified: a stack trace stays readable.
import type { BuildOptions } from 'esbuild';

/** What pages load, served as it stands. */
const ASSETS = ['css', 'svg', 'client.js'].map((extension) => `src/http/pages/*.${extension}`);

/** Fastify's own validator and serializer, in whose place reachd has others, and what its tests ask it with. */
const NEVER_NEEDED = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'];

/**
 * How the modules and packages become files beside each other in `directory`, with the repository as the working
 * directory. `more` are entries besides the command's.
 */
export function bundleOptions(directory: string, ...more: readonly string[]): BuildOptions {
  return {
    entryPoints: ['src/cli/command.ts', 'src/reactor/worker.ts', ...ASSETS, ...more],
    entryNames: '[name]',
    outdir: directory,
    bundle: true,
    // What both threads load, and what only one word of the command loads, are files of their own.
    splitting: true,
    format: 'esm',
    platform: 'node',
    loader: { '.css': 'copy', '.svg': 'copy', '.client.js': 'copy' },
    target: 'node20',
    // The first two look for files beside their own: a native library, the pages of Swagger UI. The others are Fastify's,
    // which loads them where they are needed, and here they are not: Node would parse 600 KB of them at every start.
    external: ['koffi', '@fastify/swagger-ui', ...NEVER_NEEDED],
    // Packages in CommonJS ask for Node's own modules with it.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    legalComments: 'eof',
    logLevel: 'warning',
  };
}
