// What a fleet answered, as a table of targets and vantages: the longer of the two goes down, and a terminal that is too
// narrow has the columns in several parts. Below it is why, for what is not ok.
import type { CheckResult } from '../../check/result.ts';
import { formatMs } from '../time.ts';
import type { Form, Report, Row } from './form.ts';
import { type Paint, paintFor } from './paint.ts';
import type { StandardOutput } from './standard-output.ts';
import { countsOf, reasonOf } from './words.ts';

const GAP = '  ';
/** So many reasons are read; the others are for a program. */
const MAX_REASONS = 50;

export class Matrix implements Form {
  readonly isOrdered = true;
  readonly #output: StandardOutput;
  readonly #paint: Paint;
  /** By the name of the target, which is told once however often it was asked for; within it by vantage. */
  readonly #targets = new Map<string, Map<string, CheckResult>>();

  constructor(output: StandardOutput) {
    this.#output = output;
    this.#paint = paintFor(output);
  }

  row({ answer }: Row): void {
    // A line that is no target is told on standard error.
    if ('problem' in answer) return;
    const { result } = answer;
    const key = result.name === undefined ? result.target : `${result.name} (${result.target})`;
    const cells = this.#targets.get(key) ?? new Map<string, CheckResult>();
    this.#targets.set(key, cells.set(result.vantage ?? '', result));
  }

  end(report: Report): void {
    const targets = [...this.#targets.keys()];
    const vantages = [...new Set([...this.#targets.values()].flatMap((cells) => [...cells.keys()]))].sort();
    if (targets.length > 0) {
      const isTall = targets.length >= vantages.length;
      if (isTall) this.#write('TARGET', targets, vantages, (target, vantage) => this.#at(target, vantage));
      else this.#write('VANTAGE', vantages, targets, (vantage, target) => this.#at(target, vantage));
      this.#writeReasons();
    }
    this.#output.write(`${summaryOf(report)}\n`);
  }

  #at(target: string, vantage: string): CheckResult | undefined {
    return this.#targets.get(target)?.get(vantage);
  }

  #write(
    corner: string,
    rows: readonly string[],
    columns: readonly string[],
    at: (row: string, column: string) => CheckResult | undefined,
  ): void {
    const first = longest([corner, ...rows]);
    const widths = new Map(
      columns.map((column) => [column, longest([column, ...rows.map((row) => textOf(at(row, column)))])]),
    );
    for (const part of this.#parts(first, columns, widths)) {
      const padded = (text: string, column: string): string => text.padEnd(widths.get(column) ?? 0);
      const head = [corner.padEnd(first), ...part.map((column) => padded(column, column))].join(GAP).trimEnd();
      this.#output.write(`${this.#paint.dim(head)}\n`);
      for (const row of rows) {
        const cells = part.map((column) => this.#cell(at(row, column), (text) => padded(text, column)));
        this.#output.write(`${[row.padEnd(first), ...cells].join(GAP).trimEnd()}\n`);
      }
      this.#output.write('\n');
    }
  }

  #cell(result: CheckResult | undefined, pad: (text: string) => string): string {
    const text = pad(textOf(result));
    return result === undefined ? text : this.#paint.outcome(result)(text);
  }

  /** The columns, as many at a time as the terminal has room for. */
  #parts(first: number, columns: readonly string[], widths: ReadonlyMap<string, number>): readonly string[][] {
    const room = this.#output.columns;
    const parts: string[][] = [];
    let used = first;
    for (const column of columns) {
      const width = GAP.length + (widths.get(column) ?? 0);
      if (parts.length === 0 || used + width > room) {
        parts.push([]);
        used = first;
      }
      parts.at(-1)?.push(column);
      used += width;
    }
    return parts;
  }

  #writeReasons(): void {
    const failed = [...this.#targets].flatMap(([target, cells]) =>
      [...cells].flatMap(([vantage, result]) => (result.ok ? [] : [{ target, vantage, why: whyOf(result) }])),
    );
    const told = failed.slice(0, MAX_REASONS);
    const [wide, wider] = [longest(told.map(({ target }) => target)), longest(told.map(({ vantage }) => vantage))];
    for (const { target, vantage, why } of told) {
      this.#output.write(`${[target.padEnd(wide), vantage.padEnd(wider), why].join(GAP).trimEnd()}\n`);
    }
    const left = failed.length - told.length;
    if (left > 0) this.#output.write(`and ${left} more, which --output json or ndjson tell\n`);
    if (told.length > 0) this.#output.write('\n');
  }
}

/** What a cell has room for; empty where nothing is told of it. */
function textOf(result: CheckResult | undefined): string {
  if (result === undefined) return '';
  const { ok, outcome, latencyMs, cause } = result;
  // No answer is told by its name: it is nothing that the target did.
  if (outcome === 'failed' && cause !== null) return `${outcome} (${cause.code})`;
  return ok && latencyMs !== null ? `${outcome} ${formatMs(latencyMs)}` : outcome;
}

function whyOf(result: CheckResult): string {
  const reason = reasonOf(result);
  return reason === '' ? result.outcome : `${result.outcome}: ${reason}`;
}

/** `2 targets from 3 vantages: 4 ok, 2 not (4 open, 1 refused, 1 failed), 1 vantage did not answer; 1.20 s`. */
function summaryOf({ summary, vantages, durationMs }: Report): string {
  const { total, ok, notOk, outcomes, invalid } = summary;
  const asked = vantages ?? [];
  const targets = asked.length === 0 ? total : Math.round(total / asked.length);
  const silent = asked.filter(({ state }) => state !== 'answered').length;
  const parts = [
    `${counted(targets, 'target')} from ${counted(asked.length, 'vantage')}: ${ok} ok`,
    notOk === 0 ? '' : `${notOk} not`,
  ].filter((part) => part !== '');
  const found = `${parts.join(', ')} (${countsOf(outcomes)})`;
  const missing = silent === 0 ? '' : `, ${counted(silent, 'vantage')} did not answer, or not all`;
  const lines = invalid === 0 ? '' : `, ${counted(invalid, 'line')} ${invalid === 1 ? 'is' : 'are'} no target`;
  return `${total === 0 ? 'nothing asked' : found}${missing}${lines}; ${formatMs(durationMs)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
