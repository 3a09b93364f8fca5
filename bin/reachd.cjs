#!/usr/bin/env node
// Starts reachd with a thread pool large enough for name resolution. The pool takes its size when it starts, and on
// Node 20 the loader of ES modules has started it before a module's first line runs: hence a CommonJS file.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

process.env.UV_THREADPOOL_SIZE ||= '64';

const main = join(__dirname, '..', 'dist', 'src', 'main.js');
if (existsSync(main)) {
  import(pathToFileURL(main).href);
} else {
  process.stderr.write('reachd: it is not built yet (there is no dist/src/main.js); run "npm run build" first\n');
  process.exitCode = 1;
}
