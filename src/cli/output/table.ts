// Aligned columns for people, the outcome in colour on a terminal. Columns are as wide as the rows that came first need; a
// later row that needs more makes them wider from there on, for not all rows are held to be measured.
import type { Form, Report, Row } from './form.ts';
import { type Paint, paintFor } from './paint.ts';
import type { StandardOutput } from './standard-output.ts';
import { formatMs } from '../time.ts';
import { addressOf, reasonOf, summaryOf } from './words.ts';

const HEAD = ['TARGET', 'OUTCOME', 'LATENCY', 'ADDRESS', 'VANTAGE', 'REASON'];
const GAP = '  ';
/** Rows that are measured together, and how long the first of them waits for others. */
const BATCH_ROWS = 500;
const BATCH_MS = 200;

interface Cells {
  readonly texts: readonly string[];
  readonly paint: (text: string) => string;
}

export class Table implements Form {
  readonly isOrdered = true;
  readonly #output: StandardOutput;
  readonly #isSingle: boolean;
  readonly #paint: Paint;
  #rows: Cells[] = [];
  #widths: readonly number[] = HEAD.map(() => 0);
  #hasHead = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: StandardOutput, isSingle: boolean) {
    this.#output = output;
    this.#isSingle = isSingle;
    this.#paint = paintFor(output);
  }

  row({ answer }: Row): void {
    // A line that is no target is told on standard error.
    if ('problem' in answer) return;
    const { result } = answer;
    const latency = result.latencyMs === null ? '-' : formatMs(result.latencyMs);
    const name = result.name === undefined ? result.target : `${result.name} (${result.target})`;
    this.#rows.push({
      texts: [name, result.outcome, latency, addressOf(result), result.vantage ?? '', reasonOf(result)],
      paint: this.#paint.outcome(result),
    });
    if (this.#rows.length >= BATCH_ROWS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  end({ summary, durationMs }: Pick<Report, 'summary' | 'durationMs'>): void {
    this.#flush();
    if (!this.#isSingle) this.#output.write(`${this.#hasHead ? '\n' : ''}${summaryOf(summary, durationMs)}\n`);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rows.length === 0) return;
    this.#widths = this.#widths.map((width, column) => this.#widthOf(column, width));
    if (!this.#hasHead && !this.#isSingle) this.#output.write(`${this.#paint.dim(this.#line(HEAD, String))}\n`);
    this.#hasHead = true;
    this.#output.write(this.#rows.map(({ texts, paint }) => `${this.#line(texts, paint)}\n`).join(''));
    this.#rows = [];
  }

  /** A column that nothing stands in takes no room, with its head neither. */
  #widthOf(column: number, before: number): number {
    const width = this.#rows.reduce((most, { texts }) => Math.max(most, texts[column]?.length ?? 0), before);
    return width === 0 || this.#isSingle ? width : Math.max(width, HEAD[column]?.length ?? 0);
  }

  #line(texts: readonly string[], paint: Cells['paint']): string {
    let line = '';
    for (const [column, width] of this.#widths.entries()) {
      if (width === 0) continue;
      const cell = (texts[column] ?? '').padEnd(width);
      line += `${line === '' ? '' : GAP}${column === 1 ? paint(cell) : cell}`;
    }
    return line.trimEnd();
  }
}
