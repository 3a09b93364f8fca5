// A run beside an earlier one, whose printed table was kept. Only what both have measured is compared: ratios where there is a
// yardstick, for it had the same neighbours, else figures.
import { formatColumns, type Line } from './table.ts';

/** What a run came to, by row, figure and yardstick, as printed. */
export type Earlier = ReadonlyMap<string, number>;

/** Two spaces stand between columns, and no cell has two in it. */
const COLUMNS = / {2,}/;
const HEAD = ['row', 'figure', 'yardstick', 'before', 'now', 'now / before'];

/** Of the text that a run has printed, without its own comparison. Throws where no line of a table is in it. */
export function readEarlier(text: string): Earlier {
  const figures = new Map<string, number>();
  const [table = ''] = text.split(/^medians of /m);
  for (const line of table.split('\n')) {
    const [row = '', what = '', ours = '', yardstick = '', its = '', ratio = ''] = line.split(COLUMNS);
    // Without a yardstick there is an aim in its place, or nothing.
    const hasYardstick = Number.isFinite(Number(its)) && its !== '';
    const value = Number((hasYardstick ? ratio : ours) || NaN);
    if (/^[a-z]$/.test(row) && Number.isFinite(value))
      figures.set(keyOf(row, what, hasYardstick ? yardstick : ''), value);
  }
  if (figures.size === 0) throw new Error('there is no table of an earlier run in the file of --against');
  return figures;
}

/** A table of the figures of `lines` beside those of the earlier run. */
export function compare(lines: readonly Line[], earlier: Earlier): string {
  const rows = lines.flatMap(([row, what, ours, yardstick, , ratio]) => {
    const before = earlier.get(keyOf(row, what, yardstick));
    const now = Number(yardstick === '' ? ours : ratio);
    if (before === undefined || !Number.isFinite(now)) return [];
    const change = before === 0 ? '-' : (now / before).toFixed(2);
    return [[row, what, yardstick, String(before), String(now), change]];
  });
  return formatColumns([HEAD, ...rows], [3, 4, 5]);
}

function keyOf(...words: readonly string[]): string {
  return words.join('\n');
}
