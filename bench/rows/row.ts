// What a row of the table is.
import type { Ground } from '../ground.ts';
import type { Line } from '../table.ts';

export interface Row {
  /** What `--rows` calls it. */
  readonly letter: string;
  readonly title: string;
  run(ground: Ground, rounds: number): Promise<Line[]>;
}
