// Runs the script that SCRIPT names as the first process of a PID namespace, as a container does, and ends as it ends.
// Signals are for the script itself: its process is the child of this one's child. Loaded into that process too, it adds
// a line to the log as soon as the script hears a signal.
'use strict';

const { spawn } = require('node:child_process');
const { writeSync } = require('node:fs');

if (process.pid === 1) {
  process.once('newListener', () => setImmediate(() => writeSync(1, '{"level":"test","msg":"it hears signals"}\n')));
} else {
  const args = ['--pid', '--fork', '--kill-child', process.execPath, '--require', __filename, process.env.SCRIPT];
  spawn('unshare', args, { stdio: 'inherit' }).on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
