// Log lines on a pipe whose reader is there, stands still, or is gone. A FIFO stands for the pipe.
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { LogOutput } from '../../src/process/log-output.ts';

const LINE = `${'x'.repeat(999)}\n`;
/** A pipe holds 65,536 bytes, pipe(7). */
const PIPE_LINES = 65;

interface Pipe {
  readonly output: LogOutput;
  /** What the reader finds there now. */
  readonly read: () => string;
  readonly leave: () => void;
}

function pipe(t: Test): Pipe {
  const directory = mkdtempSync(join(tmpdir(), 'reachd-log-'));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  let isThere = true;
  const leave = (): void => {
    if (isThere) closeSync(reader);
    isThere = false;
  };
  t.teardown(() => {
    leave();
    closeSync(writer);
    rmSync(directory, { recursive: true });
  });
  return { output: new LogOutput(writer), read: () => readAll(reader), leave };
}

function readAll(fd: number): string {
  const buffer = Buffer.alloc(65_536);
  let text = '';
  try {
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) text += buffer.toString('utf8', 0, n);
  } catch {
    // EAGAIN: that was all.
  }
  return text;
}

t.test('lines leave with the turn of the main loop, in their order', async (t) => {
  const { output, read } = pipe(t);
  output.write('one\n');
  output.write('two ✓\n');
  t.equal(read(), '');
  await sleep(5);
  t.equal(read(), 'one\ntwo ✓\n');
  output.write('three\n');
  output.flushSync();
  t.equal(read(), 'three\n', 'or at once');
});

t.test('a reader that stands still keeps nobody waiting, and loses nothing when it goes on', async (t) => {
  const { output, read } = pipe(t);
  const startedAt = performance.now();
  for (let i = 0; i < 3 * PIPE_LINES; i++) output.write(LINE);
  await sleep(50);
  output.write('last\n');
  await sleep(50);
  t.ok(performance.now() - startedAt < 1000);
  let text = '';
  for (let i = 0; i < 50 && !text.endsWith('last\n'); i++) {
    text += read();
    await sleep(10);
  }
  t.equal(text, `${LINE.repeat(3 * PIPE_LINES)}last\n`);
});

t.test('a reader that never goes on loses lines beyond four megabytes, whole ones', async (t) => {
  const { output, read } = pipe(t);
  for (let i = 0; i < 5000; i++) output.write(LINE);
  await sleep(50);
  let text = '';
  for (let part = read(); part !== ''; part = read()) {
    text += part;
    await sleep(40);
  }
  t.equal(text.length % LINE.length, 0);
  t.ok(text.length > 3.9e6 && text.length < 4.3e6, `${text.length} bytes`);
  output.write('after\n');
  await sleep(5);
  t.equal(read(), 'after\n');
});

t.test('an exit waits for such a reader, but not for long', async (t) => {
  const { output } = pipe(t);
  for (let i = 0; i < 2 * PIPE_LINES; i++) output.write(LINE);
  const startedAt = performance.now();
  output.flushSync();
  const tookMs = performance.now() - startedAt;
  t.ok(tookMs >= 500 && tookMs < 2000, `${tookMs.toFixed(0)} ms`);
  return Promise.resolve();
});

t.test('a reader that is gone is no error', async (t) => {
  const { output, leave } = pipe(t);
  leave();
  output.write('into the void\n');
  await sleep(5);
  output.flushSync();
  t.pass();
});

t.test('a file takes lines as they come', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reachd-log-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, 'before\n');
  const fd = openSync(path, 'a');
  t.teardown(() => closeSync(fd));
  new LogOutput(fd).write('line\n');
  await sleep(5);
  t.equal(readFileSync(path, 'utf8'), 'before\nline\n');
});
