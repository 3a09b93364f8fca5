// TAP version 14, a test point for each target: what prove(1) and CI systems read.
import type { Form, Row } from './form.ts';
import type { StandardOutput } from './standard-output.ts';
import { formatMs } from '../time.ts';
import { reasonOf } from './words.ts';

export class Tap implements Form {
  readonly isOrdered = true;
  readonly #output: StandardOutput;
  #points = 0;

  constructor(output: StandardOutput) {
    this.#output = output;
    output.write('TAP version 14\n');
  }

  row({ entry, answer }: Row): void {
    if ('problem' in answer) {
      this.#point(false, entry.at ?? entry.target, { message: answer.problem });
      return;
    }
    const { ok, target, name, vantage, outcome, latencyMs } = answer.result;
    const from = vantage === undefined ? '' : ` from ${vantage}`;
    const described = `${name ?? target}${from} ${outcome}${latencyMs === null ? '' : ` in ${formatMs(latencyMs)}`}`;
    this.#point(ok, described, { target, outcome, message: reasonOf(answer.result) });
  }

  end(): void {
    this.#output.write(`1..${this.#points}\n`);
  }

  /** What is not ok says why, in YAML: a JSON string is one of its scalars. */
  #point(ok: boolean, description: string, why: Readonly<Record<string, string>>): void {
    const escaped = description.replaceAll(/[\\#]/g, '\\$&').replaceAll(/\s+/g, ' ');
    this.#output.write(`${ok ? 'ok' : 'not ok'} ${++this.#points} - ${escaped}\n`);
    if (ok) return;
    const lines = Object.entries(why).map(([key, text]) => `  ${key}: ${JSON.stringify(text)}\n`);
    this.#output.write(`  ---\n${lines.join('')}  ...\n`);
  }
}
