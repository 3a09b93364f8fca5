// Trials → the lines of the one table: a figure, its yardstick's, their ratio, and what the project aims at.
import { type Figure, FIGURES, median } from './report.ts';
import type { Trial } from './rounds.ts';

/** Bounds of the ratio where there is a yardstick, of the figure itself where there is none. */
export interface Aim {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export type Line = readonly [
  row: string,
  what: string,
  ours: string,
  yardstick: string,
  its: string,
  ratio: string,
  aim: string,
];

const HEAD: Line = ['row', 'figure', 'reachd', 'yardstick', 'its figure', 'ratio', 'aim'];

/**
 * Our figure against a yardstick's. The figures are medians over the rounds; the ratio is the median of each round's own
 * ratio, because two figures of one round have had the same neighbours.
 */
export function against(row: string, what: string, figure: Figure, ours: Trial, its: Trial, aim: Aim = {}): Line {
  const missing = ours.missing ?? its.missing;
  if (missing !== null) return unmeasured(row, `${described(what, figure)} (${its.name})`, missing);
  const ratios = ours.reports.map((report, round) => (report[figure] ?? NaN) / (its.reports[round]?.[figure] ?? NaN));
  const ratio = median(ratios);
  const figures = [written(figure, ours), its.name, written(figure, its), shown(ratio, 2)] as const;
  return [row, described(what, figure), ...figures, judged(ratio, aim)];
}

/** A figure without a yardstick. */
export function alone(row: string, what: string, figure: Figure, ours: Trial, aim: Aim = {}): Line {
  if (ours.missing !== null) return unmeasured(row, described(what, figure), ours.missing);
  return [row, described(what, figure), written(figure, ours), '', '', '', judged(medianOf(figure, ours), aim)];
}

/** Why a row, or a part of it, has no figures. */
export function unmeasured(row: string, what: string, reason: string): Line {
  return [row, what, `not measured: ${reason}`, '', '', '', ''];
}

/** A line for each contender some of whose checks did not end as they had to: its figures are not to be trusted. */
export function oddLines(row: string, trials: readonly Trial[]): Line[] {
  return trials.flatMap(({ name, reports }) => {
    const odd = reports.flatMap((report) => Object.entries(report.odd ?? {}));
    if (odd.length === 0) return [];
    const counts = odd.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    return [unmeasured(row, `odd outcomes of ${name}`, counts)];
  });
}

/** The table as text. A reason may run over the columns after its own. */
export function formatTable(lines: readonly Line[]): string {
  return formatColumns([HEAD, ...lines], [2, 4, 5]);
}

/** Lines of cells as text, the first as their head; columns are as wide as their widest cell. `right`: columns of numbers. */
export function formatColumns(lines: readonly (readonly string[])[], right: readonly number[]): string {
  const [head = []] = lines;
  const reasonless = lines.filter((line) => line[2]?.startsWith('not measured') !== true);
  const widths = head.map((_, column) =>
    Math.max(...(column < 2 ? lines : reasonless).map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [format(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1).map(format)].join('\n');
}

function described(what: string, figure: Figure): string {
  return `${what}: ${FIGURES[figure].label}`;
}

function medianOf(figure: Figure, { reports }: Trial): number {
  return median(reports.flatMap((report) => report[figure] ?? []));
}

function written(figure: Figure, trial: Trial): string {
  return shown(medianOf(figure, trial), FIGURES[figure].digits);
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(digits);
}

function judged(value: number, { atLeast, atMost }: Aim): string {
  if (atLeast === undefined && atMost === undefined) return '';
  const bound = atLeast === undefined ? `at most ${atMost ?? ''}` : `at least ${atLeast}`;
  if (Number.isNaN(value)) return bound;
  return `${bound}: ${value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity) ? 'met' : 'missed'}`;
}
