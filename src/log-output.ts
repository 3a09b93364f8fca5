// Standard output for log lines. Those of one turn of the main loop leave in one write, and before an exit all that are
// left. Where the pipe is full because its reader stands still, lines wait here and not the main loop, which would keep
// every request waiting, the health routes first. What waits is bounded: the reader loses lines, nobody else anything.
import { constants, fstatSync, openSync, writeSync } from 'node:fs';

const AGAIN_MS = 20;
/** What may wait, in bytes; lines beyond it are dropped. */
const MOST_WAITING = 4 * 1024 * 1024;
/** How long an exit may wait for the reader. */
const LAST_MS = 500;

export class LogOutput {
  readonly #fd: number;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #scheduled = false;

  /** Writes to the descriptor `fd`, which stays open. */
  constructor(fd: number) {
    this.#fd = withoutBlocking(fd);
    process.on('exit', () => this.flushSync());
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > MOST_WAITING) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
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
    if (this.#waitingBytes === 0) return 0;
    const rest = this.#put(Buffer.concat(this.#waiting.splice(0)));
    this.#waitingBytes = rest.length;
    if (rest.length > 0) this.#waiting.push(rest);
    return rest.length;
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
