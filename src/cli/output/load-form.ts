// Loads the form that was asked for, and no other.
import type { Form, OutputName } from './form.ts';
import type { StandardOutput } from './standard-output.ts';

/** What is asked: one target, which takes neither head nor summary; from many vantages of a fleet. */
export interface Asked {
  readonly isSingle: boolean;
  readonly isMany: boolean;
}

export async function loadForm(name: OutputName, output: StandardOutput, asked: Asked): Promise<Form> {
  switch (name) {
    case 'table':
      if (asked.isMany) return new (await import('./matrix.ts')).Matrix(output);
      return new (await import('./table.ts')).Table(output, asked.isSingle);
    case 'json':
      return new (await import('./json.ts')).JsonDocument(output);
    case 'ndjson':
      return new (await import('./json.ts')).JsonLines(output);
    case 'tap':
      return new (await import('./tap.ts')).Tap(output);
    case 'junit':
      return new (await import('./junit.ts')).Junit(output);
  }
}
