// How long a service's main thread runs in one piece, in its own processor time: a slow or busy machine makes a piece late,
// not long. The other end, inside the service, is turn-watch.cjs.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { builtScript } from '../built-service.ts';
import { Service, type ServiceOptions } from '../service.ts';

const PRELOAD = fileURLToPath(new URL('./turn-watch.cjs', import.meta.url));
const ANSWER_MS = 30_000;

export class WatchedService {
  readonly service: Service;
  readonly #file: string;
  #read = 0;

  constructor(t: Pick<Test, 'teardown'>, { env, nodeArgv = [], ...options }: ServiceOptions = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'reachd-turns-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    this.#file = join(folder, 'longest');
    closeSync(openSync(this.#file, 'a'));
    this.service = new Service(t, {
      ...options,
      script: builtScript(),
      nodeArgv: ['--require', PRELOAD, ...nodeArgv],
      env: { ...env, TURN_WATCH_FILE: this.#file },
    });
  }

  /** The longest turn since the last call of this, in milliseconds of the main thread's processor time. */
  async longestMs(): Promise<number> {
    this.service.child.kill('SIGUSR2');
    const until = performance.now() + ANSWER_MS;
    while (performance.now() < until && this.service.child.exitCode === null) {
      const said = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1);
      if (said.length > this.#read) {
        this.#read++;
        return Number(said[this.#read - 1]);
      }
      await sleep(2);
    }
    throw new Error('the watch in the service does not answer');
  }
}
