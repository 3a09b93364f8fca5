// JUnit's XML, as CI systems collect it: a test case for each target. It is written as it goes; the counts that some
// writers put into the head are left to the reader.
import type { Form, Row } from './form.ts';
import type { StandardOutput } from './standard-output.ts';
import { reasonOf } from './words.ts';

export class Junit implements Form {
  readonly isOrdered = true;
  readonly #output: StandardOutput;

  constructor(output: StandardOutput) {
    this.#output = output;
    output.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="reachd check">\n');
  }

  row({ entry, answer }: Row): void {
    if ('problem' in answer) {
      const name = attribute(entry.at ?? entry.target);
      this.#case('reachd', name, 0, `<error type="invalid" message="${attribute(answer.problem)}"/>`);
      return;
    }
    const { ok, target, name, vantage, outcome, latencyMs } = answer.result;
    const why = reasonOf(answer.result);
    const message = attribute(`${outcome}${why === '' ? '' : `: ${why}`}`);
    this.#case(
      vantage === undefined ? 'reachd' : attribute(`reachd.${vantage}`),
      attribute(name ?? target),
      latencyMs ?? 0,
      ok ? '' : `<failure type="${outcome}" message="${message}"/>`,
    );
  }

  end(): void {
    this.#output.write('</testsuite>\n</testsuites>\n');
  }

  #case(className: string, name: string, ms: number, inside: string): void {
    const head = `<testcase classname="${className}" name="${name}" time="${(ms / 1000).toFixed(6)}"`;
    this.#output.write(inside === '' ? `${head}/>\n` : `${head}>${inside}</testcase>\n`);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 has no character for (section 2.2) becomes a question mark. */
function attribute(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const legal = text.replaceAll(/[\x00-\x1f\x7f\ufffe\uffff]|\p{Surrogate}/gu, '?');
  return legal.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
