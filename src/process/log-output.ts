// Writes log lines to standard output: one write for each turn of the main loop, and the rest before an exit. If the pipe
// is full because its reader has stopped, the lines wait here. The main loop never waits: that would hold up every request
// and fail the health checks. The waiting lines are bounded; beyond the bound lines are dropped.
//
// sonic-boom cannot do this: its asynchronous writes share Node's thread pool with the lookups, and a flush at exit
// overtakes them; its synchronous writes put the main thread to sleep while the pipe is full.
import { constants, fstatSync, openSync, writeSync } from 'node:fs';

const AGAIN_MS = 20;
/** How much may wait: bytes of what was tried, characters of new lines. Lines beyond it are dropped. */
const MAX_WAITING = 4 * 1024 * 1024;
/** How long an exit may wait for the reader. */
const LAST_MS = 500;
const NOTHING = Buffer.alloc(0);

export class LogOutput {
  readonly #fd: number;
  /** Lines that nobody has tried to write yet. */
  #lines = '';
  /** Bytes of earlier lines that the reader has not taken yet. */
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

  /** Writes what waits. Gives up after half a second. */
  flushSync(): void {
    const last = performance.now() + LAST_MS;
    while (this.#drain() > 0 && performance.now() < last) pause(AGAIN_MS);
  }

  #writeSome(): void {
    this.#scheduled = this.#drain() > 0;
    if (this.#scheduled) setTimeout(() => this.#writeSome(), AGAIN_MS).unref();
  }

  /** Writes what the reader takes; returns how many bytes still wait. */
  #drain(): number {
    if (this.#lines !== '') {
      const lines = Buffer.from(this.#lines);
      this.#rest = this.#rest.length === 0 ? lines : Buffer.concat([this.#rest, lines]);
      this.#lines = '';
    }
    if (this.#rest.length > 0) this.#rest = this.#put(this.#rest);
    return this.#rest.length;
  }

  /** Writes as much as the pipe takes and returns the rest. If the reader is gone, drops everything. */
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
 * Other processes may write to the same pipe and share its O_NONBLOCK; opening it again gives a flag of our own (pipe(7),
 * proc(5)). A socket cannot be opened again; Node has made it non-blocking where it was a parent's pipe.
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
