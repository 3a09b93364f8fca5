// Loaded into the service before it starts (turn-watch.ts): measures the turns of its main thread's event loop in that
// thread's own processor time. A timer comes round once a turn, so what the thread has run for between two of its calls is
// one turn, and at most a millisecond of short ones. On SIGUSR2 it writes down the longest one since the last signal.
'use strict';

const { appendFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) watch(process.env.TURN_WATCH_FILE);

function watch(file) {
  const koffi = require('koffi');
  const clockGettime = koffi.load(null).func('int clock_gettime(int, void *)');
  const CLOCK_THREAD_CPUTIME_ID = 3;
  const time = new BigInt64Array(2);
  const cpuMs = () => {
    clockGettime(CLOCK_THREAD_CPUTIME_ID, time);
    return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
  };

  let last = cpuMs();
  let longestMs = 0;
  const look = () => {
    const now = cpuMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  setInterval(look, 1).unref();
  process.on('SIGUSR2', () => {
    look();
    appendFileSync(file, `${longestMs}\n`);
    longestMs = 0;
    last = cpuMs();
  });
}
