// A contender in a process of its own, and the one question it answers: this load, please. Both ends are here.
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepTrack, stopProgram } from '../program.ts';
import type { Report } from '../report.ts';

/** The parent's end. One load at a time. */
export class LoadProcess<Load> {
  readonly #child: ChildProcess;

  /** `name` is a file of this folder, without its extension. */
  constructor(name: string, options: object = {}, execArgv: readonly string[] = []) {
    const entry = fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
    this.#child = keepTrack(
      fork(entry, [JSON.stringify(options)], { execArgv: [...execArgv], serialization: 'advanced' }),
    );
  }

  run(load: Load): Promise<Report> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const gone = (): void => reject(new Error(`${child.spawnargs.join(' ')} ended in the middle of its work`));
      child.once('exit', gone);
      child.once('message', (answer: Report | string) => {
        child.off('exit', gone);
        if (typeof answer === 'string') reject(new Error(answer));
        else resolve(answer);
      });
      child.send(load as object);
    });
  }

  stop(): Promise<void> {
    return stopProgram(this.#child);
  }
}

/** The child's end. A failure is answered as text. `close` is called when the parent is gone or says so. */
export function answerLoads(run: (load: unknown) => Promise<Report>, close: () => Promise<void>): void {
  const end = (): void => void close().finally(() => process.exit());
  process.on('message', (load) => {
    run(load).then(
      (report) => process.send?.(report),
      (failure: unknown) => {
        console.error(failure);
        process.send?.(failure instanceof Error ? failure.message : String(failure));
      },
    );
  });
  process.once('disconnect', end);
  process.once('SIGTERM', end);
}
