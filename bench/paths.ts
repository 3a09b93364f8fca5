// Where things stand, for code that runs from dist/bench.
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

/** A file of the repository that is not compiled, such as `bench/wrk/report.lua`. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(path, root));
}
