// Times as people write them: `500ms`, `2s`, `1.5m`, `1h`; a number alone is milliseconds. And as they read them.
import { UsageError } from './usage-error.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const TIME = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/;

/** In milliseconds, an integer. Throws UsageError. */
export function readTime(flag: string, text: string): number {
  const [, figure, unit = 'ms'] = TIME.exec(text) ?? [];
  if (figure === undefined)
    throw new UsageError(`${flag} takes a time such as 500ms, 2s or 1m, not ${JSON.stringify(text)}`);
  return Math.round(Number(figure) * (UNITS[unit] ?? 1));
}

/** `0.042 ms`, `12.3 ms`, `1.20 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 1 ? 3 : ms < 10 ? 2 : 1)} ms`;
}
