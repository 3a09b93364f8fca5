// Loads the form that was asked for, and no other.
import type { Form, OutputName } from './form.ts';
import type { StandardOutput } from './standard-output.ts';

/** The form `name`. `isSingle`: one target is asked for, which takes neither head nor summary. */
export async function loadForm(name: OutputName, output: StandardOutput, isSingle: boolean): Promise<Form> {
  switch (name) {
    case 'table':
      return new (await import('./table.ts')).Table(output, isSingle);
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
