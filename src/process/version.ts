// The version of this build, from package.json: two directories up from src/process/ and from dist/service/, three from
// dist/src/process/.
import { existsSync, readFileSync } from 'node:fs';

const candidates = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url));
const found = candidates.find((url) => existsSync(url));

export const VERSION: string =
  found === undefined ? 'unknown' : (JSON.parse(readFileSync(found, 'utf8')) as { version: string }).version;
