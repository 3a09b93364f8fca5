// Colour, on a terminal that wants it: what is ok, what is not, and what is reachd's own trouble.
import colors from 'picocolors';
import type { CheckResult } from '../../check/result.ts';
import type { StandardOutput } from './standard-output.ts';

export interface Paint {
  readonly dim: (text: string) => string;
  readonly outcome: (result: Pick<CheckResult, 'ok' | 'outcome'>) => (text: string) => string;
}

export function paintFor(output: StandardOutput): Paint {
  const isColored = output.isTerminal && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  const { dim, green, yellow, red } = colors.createColors(isColored);
  const outcome: Paint['outcome'] = ({ ok, outcome }) => {
    if (ok) return green;
    return ['denied', 'failed', 'cancelled'].includes(outcome) ? yellow : red;
  };
  return { dim, outcome };
}
