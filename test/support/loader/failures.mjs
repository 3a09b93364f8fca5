// A reporter of node --test: only what failed, and at the end how many there were.
import { inspect } from 'node:util';

export default async function* failures(events) {
  for await (const { type, data } of events) {
    if (type === 'test:fail') yield `✖ ${data.file}:${data.line} ${data.name}\n${reasonOf(data.details.error)}\n\n`;
    if (type === 'test:diagnostic' && data.nesting === 0) yield `${data.message}\n`;
  }
}

function reasonOf(error) {
  const cause = error.cause ?? error;
  return typeof cause === 'string' ? cause : inspect(cause);
}
