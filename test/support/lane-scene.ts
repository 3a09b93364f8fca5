// A lane of the fleet in a test's hands: its clock, and what became of its cells.
import type { Cause } from '../../src/check/outcome.ts';
import type { Ask, Cell } from '../../src/fleet/chunk-queue.ts';
import { Lane } from '../../src/fleet/lane.ts';

interface TestCell extends Cell {
  readonly number: number;
}

/** A lane in which nothing happens by itself, with what became of its cells. */
export class LaneScene {
  ms = 0;
  readonly failed = new Map<number, string[]>();
  readonly answered = new Map<number, number>();
  readonly lost: string[] = [];
  readonly asks: Ask<TestCell>[] = [];
  readonly lane: Lane<TestCell>;

  constructor(instances: readonly string[], cells: number) {
    this.lane = new Lane<TestCell>(instances, {
      now: () => this.ms,
      random: () => 0.5,
      failed: ({ number }, { code }: Cause) => this.failed.set(number, [...(this.failed.get(number) ?? []), code]),
      lost: (key) => this.lost.push(key),
    });
    for (let number = 0; number < cells; number++) {
      this.lane.add({ number, bytes: 10, isSettled: false, wasRefused: false });
    }
  }

  /** Everything that may be asked now is. */
  pump(): Ask<TestCell>[] {
    const asked: Ask<TestCell>[] = [];
    for (let ask = this.lane.next(); ask !== null; ask = this.lane.next()) asked.push(ask);
    this.asks.push(...asked);
    return asked;
  }

  answer(id: number, position: number): void {
    const cell = this.lane.settle(id, position);
    if (cell !== null) this.answered.set(cell.number, (this.answered.get(cell.number) ?? 0) + 1);
  }

  answerAll({ id, cells }: Ask<TestCell>): void {
    cells.forEach((_cell, position) => this.answer(id, position));
    this.lane.done(id);
  }

  /** How many results each cell has had. */
  results(cells: number): number[] {
    return Array.from(
      { length: cells },
      (_, number) => (this.answered.get(number) ?? 0) + (this.failed.get(number)?.length ?? 0),
    );
  }
}
