// Module hooks: a TypeScript source becomes JavaScript once, by esbuild, and is kept by its content.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform, version } from 'esbuild';

const KEPT = fileURLToPath(new URL('../../../node_modules/.cache/reachd-tests/', import.meta.url));
mkdirSync(KEPT, { recursive: true });

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
  const file = fileURLToPath(url);
  const text = readFileSync(file, 'utf8');
  const kept = `${KEPT}${createHash('sha256').update(`${version} ${file} ${text}`).digest('hex')}.js`;
  return { format: 'module', source: readIfThere(kept) ?? (await compile(file, text, kept)), shortCircuit: true };
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function compile(file, text, kept) {
  const options = { loader: 'ts', format: 'esm', target: 'node20', sourcefile: file, sourcemap: 'inline' };
  const { code } = await transform(text, options);
  // Several processes may do this at once: each gives its whole file the name at the end.
  const own = `${kept}.${process.pid}`;
  writeFileSync(own, code);
  renameSync(own, kept);
  return code;
}
