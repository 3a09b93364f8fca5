#!/usr/bin/env node
// Starts reachd with a thread pool large enough for name resolution. The pool takes its size when it starts, and on
// Node 20 the loader of ES modules has started it before a module's first line runs: hence a CommonJS file.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');

process.env.UV_THREADPOOL_SIZE ||= '64';

// A scavenge here copies a few hundred kilobytes. Helper threads save little of that, and the main thread waits for them
// where they wait for a processor, as they do with two cores and both busy.
setFlagsFromString('--no-parallel-scavenge');

// While the modules load there is nothing to end in order. Without a listener the first process of a container would not
// hear a signal at all (pid_namespaces(7)). As soon as main.ts listens too, it is main.ts that acts.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(0);
  });
}

const main = join(__dirname, '..', 'dist', 'service', 'main.js');
if (existsSync(main)) {
  import(pathToFileURL(main).href);
} else {
  process.stderr.write('reachd: it is not built yet (there is no dist/service/main.js); run "npm run build" first\n');
  process.exitCode = 1;
}
