// JSON for programs: one document as `POST /check` answers with, or one line for each answer as a stream's are. The
// document is written as it goes, so its summary comes last.
import type { Form, Report, Row } from './form.ts';
import type { StandardOutput } from './standard-output.ts';

export class JsonDocument implements Form {
  readonly isOrdered = true;
  readonly #output: StandardOutput;
  #hasRows = false;

  constructor(output: StandardOutput) {
    this.#output = output;
  }

  row({ answer }: Row): void {
    // A line that is no target is told on standard error, and counted.
    if ('problem' in answer) return;
    this.#output.write(`${this.#hasRows ? ',' : '{"results":['}\n${JSON.stringify(answer.result)}`);
    this.#hasRows = true;
  }

  end({ ok, checkedAt, vantage, vantages, durationMs, summary }: Report): void {
    const fleet = vantages === null ? {} : { vantages };
    const rest = JSON.stringify({ ok, checkedAt, vantage: { name: vantage }, durationMs, summary, ...fleet });
    this.#output.write(`${this.#hasRows ? '\n' : '{"results":['}],${rest.slice(1)}\n`);
  }
}

export class JsonLines implements Form {
  readonly isOrdered = false;
  readonly #output: StandardOutput;

  constructor(output: StandardOutput) {
    this.#output = output;
  }

  row({ index, entry, answer }: Row): void {
    const line =
      'problem' in answer ? { index, at: entry.at, problem: { detail: answer.problem } } : { index, ...answer.result };
    this.#output.write(`${JSON.stringify(line)}\n`);
  }

  end({ summary, vantage, vantages }: Report): void {
    const fleet = vantages === null ? {} : { vantages };
    this.#output.write(`${JSON.stringify({ summary, vantage: { name: vantage }, ...fleet })}\n`);
  }
}
