#!/usr/bin/env node
// Starts the command reachd with a thread pool large enough for name resolution. The pool takes its size when it starts, and on
// Node 20 the loader of ES modules has started it before a module's first line runs: hence a CommonJS file.
'use strict';

const { existsSync } = require('node:fs');
const { constants } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');

process.env.UV_THREADPOOL_SIZE ||= '80';

// A scavenge here copies a few hundred kilobytes. Helper threads save little of that, and the main thread waits for them
// where they wait for a processor, as they do with two cores and both busy.
setFlagsFromString('--no-parallel-scavenge');

// Where memory is little, V8 lets its heap grow by less before it collects. Otherwise the heaps, with their garbage, took more
// than half of a container of 192 MiB under abuse, and the kernel killed the process, on Node 24.
const LITTLE_MEMORY = 256 * 1024 * 1024;
const memory = process.constrainedMemory();
if (memory > 0 && memory <= LITTLE_MEMORY) setFlagsFromString('--optimize-for-size');

// While the modules load there is nothing to end in order. Without a listener the first process of a container would not
// hear a signal at all (pid_namespaces(7)). As soon as the service or a check listens too, it is for them to act. A service
// that was not there yet has ended well; a check without an answer has not.
const isService = !['check', 'wait', 'ping', 'hash-token'].includes(process.argv[2]);
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(isService ? 0 : 128 + constants.signals[signal]);
  });
}

// How much a function that V8 optimizes takes in of those that it calls. A check of ten thousand targets is over before all of
// its code is optimized: with less it is ready sooner, and leaves more of two processors to it, 15 % of its time, where the
// longest runs lose 2 %. A service goes on and on: with more a request of one target takes 7 % less of the main thread.
setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${isService ? 2000 : 200}`);

const command = join(__dirname, '..', 'dist', 'service', 'command.js');
if (existsSync(command)) {
  import(pathToFileURL(command).href);
} else {
  process.stderr.write(
    'reachd: it is not built yet (there is no dist/service/command.js); run "npm run build" first\n',
  );
  process.exitCode = 1;
}
