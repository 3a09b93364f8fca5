// Standard output for log lines. Those of one turn of the main loop leave in one write, and before an exit all that are
// left. Where the pipe is full because its reader stands still, lines wait here and not the main loop, which would keep
// every request waiting, the health routes first. What waits is bounded: the reader loses lines, nobody else anything.
//
// sonic-boom does not do it: its asynchronous writes take turns with the lookups in Node's thread pool and are overtaken
// by what is flushed at exit; its synchronous ones put the main thread to sleep while the pipe is full.
import { constants, fstatSync, openSync, writeSync } from 'node:fs';

const AGAIN_MS = 20;
/** What may wait, in bytes (a line's that is not yet tried: characters); lines beyond it are dropped. */
const MAX_WAITING = 4 * 1024 * 1024;
/** How long an exit may wait for the reader. */
const LAST_MS = 500;
const NOTHING = Buffer.alloc(0);

export class LogOutput {
  readonly #fd: number;
  /** Lines that nobody has tried to write yet. */
  #lines = '';
  /** What the reader has not taken yet of those before. */
  #rest: Buffer = NOTHING;
  #scheduled = false;

  /** Writes to the descriptor `fd`, which stays open. */
  constructor(fd: number) {
    this.#fd = withoutBlocking(fd);
    process.on('exit', () => this.flushSync());
  }

  write(line: string): void {
    if (this.#rest.length + this.#lines.length + line.length > MAX_WAITING) return;
    this.#lines += line;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#writeSome());
  }

  /** Writes what waits, for as long as the reader takes it, and half a second longer. */
  flushSync(): void {
    const last = performance.now() + LAST_MS;
    while (this.#drain() > 0 && performance.now() < last) pause(AGAIN_MS);
  }

  #writeSome(): void {
    this.#scheduled = this.#drain() > 0;
    if (this.#scheduled) setTimeout(() => this.#writeSome(), AGAIN_MS).unref();
  }

  /** The bytes that wait afterwards. */
  #drain(): number {
    if (this.#lines !== '') {
      const lines = Buffer.from(this.#lines);
      this.#rest = this.#rest.length === 0 ? lines : Buffer.concat([this.#rest, lines]);
      this.#lines = '';
    }
    if (this.#rest.length > 0) this.#rest = this.#put(this.#rest);
    return this.#rest.length;
  }

  /** Writes as much as goes, and returns the rest. A reader that is gone takes everything. */
  #put(bytes: Buffer): Buffer {
    try {
      return bytes.subarray(writeSync(this.#fd, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'EAGAIN' ? bytes : bytes.subarray(bytes.length);
    }
  }
}

/**
 * A pipe's own descriptor is shared with whoever else writes to it, and so is its O_NONBLOCK; opened anew, it has one of
 * its own (pipe(7), proc(5)). A socket cannot be opened so; Node has made it non-blocking where it was a parent's pipe.
 */
function withoutBlocking(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

/** Blocks this thread. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
