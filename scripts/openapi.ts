// The command behind `npm run openapi [-- --check]`, run from the root of the repository.
import { readFileSync, writeFileSync } from 'node:fs';
import { openapiYaml } from './openapi-document.ts';

const FILE = 'openapi.yaml';
const yaml = await openapiYaml();

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, yaml);
  process.stdout.write(`${FILE} is written\n`);
} else if (readFileSync(FILE, 'utf8') === yaml) {
  process.stdout.write(`${FILE} says what the code says\n`);
} else {
  process.stderr.write(`${FILE} does not say what the code says: run "npm run openapi" and commit the file\n`);
  process.exitCode = 1;
}
